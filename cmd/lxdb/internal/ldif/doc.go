// Package ldif reads and writes LDIF version 1 (RFC 2849): entries, and the
// changes add, delete, modify, modrdn and moddn.
//
// What is refused although the RFC knows it: values by URL (attr:< file:///…),
// because a file from elsewhere must not say which files of this machine are
// read, and controls. What is let through although the RFC does not: a missing
// version line, values in plain UTF-8, and a modify whose last change lacks its
// "-".
//
// Names of attributes and DNs are kept as they are written.
package ldif
