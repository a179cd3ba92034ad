package lint

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// maxFolderFiles bounds the Go files of one folder of the engine, tests apart:
// what needs more is more than one room.
const maxFolderFiles = 40

func TestFoldersOfTheEngine(t *testing.T) { report(t, checkFolders(mustSources(t))) }

func checkFolders(all []*source) (findings []string) {
	files := map[string]int{}
	for _, s := range all {
		if under(s.dir(), "engine") && !s.isTest() {
			files[s.dir()]++
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(files)) {
		if n := files[dir]; n > maxFolderFiles {
			findings = append(findings, fmt.Sprintf("%s has %d files, at most %d: put what belongs together into a folder of its own, see ARCHITECTURE.md", dir, n, maxFolderFiles))
		}
	}
	return findings
}

func TestRoomsAreNoCircle(t *testing.T) { report(t, checkCircles(mustPackages(t))) }

// checkCircles: Go refuses a circle of packages, not one of rooms: storage/kivi is
// one room with all that is below it, and so is each folder of engine.
func checkCircles(pkgs []*pkg) (findings []string) {
	asks := map[string]map[string]bool{}
	for _, p := range pkgs {
		for _, imp := range p.Imports {
			from, to := roomOf(p.name()), roomOf(inside(imp))
			if inside(imp) == "" || from == to {
				continue
			}
			if asks[from] == nil {
				asks[from] = map[string]bool{}
			}
			asks[from][to] = true
		}
	}
	done := map[string]bool{}
	var walk func(room string, way []string)
	walk = func(room string, way []string) {
		if i := slices.Index(way, room); i >= 0 {
			findings = append(findings, "a circle of rooms: "+strings.Join(append(way[i:], room), " -> "))
			return
		}
		if done[room] {
			return
		}
		done[room] = true
		for _, next := range slices.Sorted(maps.Keys(asks[room])) {
			walk(next, append(slices.Clone(way), room))
		}
	}
	for _, room := range slices.Sorted(maps.Keys(asks)) {
		walk(room, nil)
	}
	return findings
}

// roomOf is the folder of the second level that a package is in.
func roomOf(name string) string {
	first, rest, found := strings.Cut(name, "/")
	if !found {
		return first
	}
	second, _, _ := strings.Cut(rest, "/")
	return path.Join(first, second)
}
