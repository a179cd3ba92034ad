// Package objects is what the planner finds by name: databases with their tables,
// views and stored programs, and the virtual schemas. What a session sees of them
// depends on what it holds; each change is one transaction of the catalog.
package objects
