// Package load makes of LOAD DATA the INSERT that is bound, and the format of the file.
package load
