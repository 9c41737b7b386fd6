"""PHP: how it is started, what comes along, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

CLI = 'FROM php:8.4-cli\nWORKDIR /app\nCOPY . .\nCMD ["php", "app.php"]\n'

# Dockerfile, files of the context, the reason
STOPPED = [
    pytest.param(CLI, {"app.php": "<?php\nexec('ls');\n"}, "app.php:2 starts a program by a shell", id="exec"),
    pytest.param(CLI, {"app.php": "<?php\n$x = `ls`;\n"}, "app.php:2 starts a program by a shell", id="backticks"),
    pytest.param(
        CLI,
        {"app.php": "<?php\nuse Symfony\\Component\\Process\\Process;\n$p = new Process(['ls']);\n"},
        "app.php:3 starts a program by a shell",
        id="Symfony's Process",
    ),
    pytest.param(
        CLI,
        {"app.php": "<?php\n", "composer.json": '{"require": {"knplabs/knp-snappy": "^1"}}'},
        "composer.json: knplabs/knp-snappy starts wkhtmltopdf",
        id="a package that starts a program",
    ),
    pytest.param(
        "FROM php:8.4-apache\nRUN apt-get update && apt-get install -y msmtp-mta\nCOPY . /var/www/html/\n",
        {"index.php": "<?php\nmail($to, 'subject', 'text');\n"},
        "PHP's mail() starts msmtp-mta by a shell",
        id="a program that sends mail",
    ),
    pytest.param(
        "FROM php:8.4-fpm\nCOPY . /var/www/html/\nCOPY mail.ini /usr/local/etc/php/conf.d/\n",
        {"index.php": "<?php\n", "mail.ini": "sendmail_path = /usr/local/bin/mhsendmail\n"},
        "mail.ini sets sendmail_path, which PHP's mail() starts by a shell",
        id="a setting that names one",
    ),
    pytest.param(
        CLI.replace("8.4-cli", "8.4-cli-alpine"),
        {"app.php": "<?php\nfunction mail_it() { return \\mail('a', 'b', 'c'); }\n"},
        "app.php:2 starts busybox's sendmail by a shell",
        id="busybox's own",
    ),
    pytest.param(
        'FROM php:8.4-cli\nCOPY . .\nCMD ["php", "artisan", "serve"]\n',
        {"index.php": "<?php\n", "artisan": "#!/usr/bin/env php\n<?php\n"},
        "artisan serve starts other programs by a shell",
        id="a command that starts others",
    ),
    pytest.param(
        'FROM php:8.4-cli\nRUN pecl install imagick && docker-php-ext-enable imagick\nCOPY . /app\nCMD ["php", "/app/app.php"]\n',
        {"app.php": "<?php\n"},
        "the extension imagick loads its image formats by name",
        id="an extension that loads by name",
    ),
    pytest.param(
        "FROM php:8.4-fpm\nRUN docker-php-ext-install pdo_mysql\n",
        {},
        "none of the application's PHP files is in the build context, so what it calls is not known",
        id="an image for code that is mounted",
    ),
    pytest.param(
        "FROM php:8.4-apache\nRUN echo 'export APACHE_RUN_USER=app' >> /etc/apache2/envvars\nCOPY . /var/www/html/\n",
        {"index.php": "<?php\n"},
        "line 2 changes /etc/apache2/envvars, which a shell script reads",
        id="variables that Apache's script reads",
    ),
    pytest.param(
        "FROM php:8.4-apache\nRUN a2enmod rewrite cgi\nCOPY . /var/www/html/\n",
        {"index.php": "<?php\n"},
        "line 2 has Apache start programs (cgi_module)",
        id="CGI in Apache",
    ),
]

# Dockerfile, files, lines of the result
TAKEN = [
    pytest.param(
        "FROM php:8.4-fpm\nWORKDIR /var/www/html\nCOPY . .\n",
        {"index.php": "<?php\n"},
        (
            "COPY --from=build /usr/local/sbin/php-fpm /usr/local/sbin/php-fpm\n",
            "COPY --from=build /usr/local/bin/php /usr/local/bin/php\n",
            'EXPOSE 9000\nSTOPSIGNAL SIGQUIT\nCMD ["php-fpm"]\n',
        ),
        id="php-fpm, which the image starts by itself",
    ),
    pytest.param(
        "FROM php:8.4-apache\nENV APACHE_LOG_DIR=/logs\nRUN a2enmod rewrite\nCOPY . /var/www/html/\n",
        {"index.php": "<?php\n"},
        (
            "APACHE_RUN_USER=www-data",
            "APACHE_PID_FILE=/var/run/apache2/apache2.pid",
            "/usr/lib/apache2/modules/*.so",
            'EXPOSE 80\nSTOPSIGNAL SIGWINCH\nCMD ["apache2", "-DFOREGROUND"]\n',
            "COPY --from=build /var/www/html /var/www/html\n",
            '-m "$(stat -c %a /var/www/html)" /runtime/var/www/html',
        ),
        id="Apache, whose script reads variables",
    ),
    pytest.param(
        'FROM php:8.4-cli-alpine\nCOPY . /app\nCMD ["-S", "0.0.0.0:80"]\n',
        {"index.php": "<?php\n"},
        ('CMD ["php", "-S", "0.0.0.0:80"]\n',),
        id="flags alone: the entrypoint puts php in front",
    ),
    pytest.param(
        'FROM php:8.4-cli\nWORKDIR /app\nCOPY . .\nENTRYPOINT ["./console", "work"]\n',
        {"console": "#!/usr/bin/env php\n<?php\n"},
        ('ENTRYPOINT ["/usr/local/bin/php", "/app/console", "work"]\n',),
        id="a script, whose first line asks for env",
    ),
]

NO_PROGRAMS = """exec("x") `ls`
<?php
// exec("x")
$pdo->exec("select 1"); curl_exec($c); Shell::exec(1); Foo\\exec(1);
class A { public function exec(string $a) {} }
$s = "exec('a') and `ls`";
$h = <<<SQL
system(1)
SQL;
?>
system(1)
"""


@pytest.mark.parametrize(("dockerfile", "files", "reason"), STOPPED)
def test_what_stops_the_rung(tmp_path: Path, dockerfile: str, files: dict[str, str], reason: str) -> None:
    outcome = fix(tmp_path, dockerfile, files)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [refusal.reason for refusal in outcome.plan.refusals if refusal.rung is not Rung.PRUNED] == [reason]


@pytest.mark.parametrize(("dockerfile", "files", "held"), TAKEN)
def test_what_is_written(tmp_path: Path, dockerfile: str, files: dict[str, str], held: tuple[str, ...]) -> None:
    outcome = fix(tmp_path, dockerfile, files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert [text for text in held if text not in outcome.patch.after.text] == []


def test_a_variable_of_the_file_wins(tmp_path: Path) -> None:
    text = fix(tmp_path, *TAKEN[1].values[:2]).patch.after.text  # type: ignore[arg-type]
    assert "APACHE_LOG_DIR=/var/log/apache2" not in text


def test_what_looks_like_a_program_and_is_none(tmp_path: Path) -> None:
    outcome = fix(tmp_path, CLI, {"app.php": NO_PROGRAMS})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals


def test_a_package_that_a_run_requires_by_its_name_is_asked(tmp_path: Path) -> None:
    copied = "COPY --from=composer:2 /usr/bin/composer /usr/bin/composer\nRUN composer require knplabs/knp-snappy:^1\n"
    text = f'FROM php:8.4-cli\nWORKDIR /app\n{copied}COPY app.php .\nCMD ["php", "app.php"]\n'
    outcome = fix(tmp_path, text, {"app.php": "<?php\n"})
    said = [(refusal.reason, refusal.line) for refusal in outcome.plan.refusals]
    assert ("knplabs/knp-snappy starts wkhtmltopdf", 4) in said


def fix(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> api.Outcome:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    path = tmp_path / "Dockerfile"
    path.write_text(dockerfile)
    return api.fix(path)


FETCHED = [
    pytest.param("RUN curl -L https://example.org/a.tgz | tar xz -C /var/www/html", True, id="an archive"),
    pytest.param("RUN git clone https://example.org/a.git /var/www/html/a", True, id="a clone"),
    pytest.param("RUN composer create-project acme/site /var/www/html/site", True, id="a project of Composer's"),
    pytest.param("RUN curl -o /usr/local/bin/composer https://example.org/composer.phar", False, id="one file"),
]


@pytest.mark.parametrize(("run", "stops"), FETCHED)
def test_scripts_that_are_fetched_are_not_known(tmp_path: Path, run: str, stops: bool) -> None:
    dockerfile = f"FROM php:8.3-apache\n{run}\nCOPY . /var/www/html/\n"
    outcome = fix(tmp_path, dockerfile, {"index.php": "<?php echo 1;\n"})
    assert any("some are fetched here" in r.reason for r in outcome.plan.refusals) is stops
