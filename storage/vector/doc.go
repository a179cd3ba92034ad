// Package vector holds the values of many rows column by column: physical values
// and nulls, without any SQL meaning. What a number stands for (an amount, a
// date, a member of an ENUM) and how texts compare is for whoever reads them.
//
// A Batch is filled, read and filled again; its memory is used anew, so a
// running scan allocates nothing for a row. A batch belongs to one goroutine.
package vector
