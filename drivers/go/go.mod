module github.com/lxdb/lxdb/drivers/go

go 1.26.0
