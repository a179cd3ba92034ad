package embed

import "syscall"

// lengthen makes a file n bytes longer; they are zeros that take room on the disk.
func lengthen(fd uintptr, size, n int64) error { return syscall.Fallocate(int(fd), 0, size, n) }
