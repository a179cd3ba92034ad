package embed

import "github.com/cockroachdb/pebble/v2/vfs"

// DiskRoom is what is free on the disk of a directory for who is no administrator of the machine, and how
// large that disk is, in bytes.
func DiskRoom(dir string) (free, total int64, err error) {
	u, err := vfs.Default.GetDiskUsage(dir)
	return int64(u.AvailBytes), int64(u.TotalBytes), err
}
