module example.com/tools/roots

go 1.22
