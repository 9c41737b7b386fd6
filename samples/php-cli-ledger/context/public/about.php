<?php header('Content-Type: text/plain'); ?>
extensions: <?= implode(' ', array_map('strtolower', get_loaded_extensions())), "\n" ?>
zone: <?= date_default_timezone_get(), "\n" ?>
iconv: <?= bin2hex(iconv('UTF-8', 'ISO-8859-2', 'șț→' === '' ? '' : 'ăî')), "\n" ?>
user: <?= posix_getpwuid(posix_geteuid())['name'], "\n" ?>
