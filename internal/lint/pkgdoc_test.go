package lint

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestPackageComments(t *testing.T) { report(t, checkPackageComments(mustSources(t))) }

// checkPackageComments demands exactly one package comment for each package. Two
// are worse than none: go doc joins them in file order, and each rots alone.
func checkPackageComments(all []*source) (findings []string) {
	commented := map[string][]string{} // directory -> files with a comment
	for _, s := range all {
		if s.isTest() {
			continue
		}
		if _, ok := commented[s.dir()]; !ok {
			commented[s.dir()] = nil
		}
		doc := s.file.Doc.Text()
		if doc == "" {
			continue
		}
		commented[s.dir()] = append(commented[s.dir()], path.Base(s.path))
		want := "Package " + s.file.Name.Name + " "
		if s.file.Name.Name == "main" {
			want = "Command " + path.Base(s.dir()) + " "
		}
		if !strings.HasPrefix(doc, want) {
			findings = append(findings, fmt.Sprintf("%s: the package comment must begin with %q, so that it reads well in go doc", s.path, want))
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(commented)) {
		switch in := commented[dir]; {
		case len(in) == 0:
			findings = append(findings, fmt.Sprintf(
				"%s has no package comment: say in doc.go what it is for, what it must not do, and who uses it", dir))
		case len(in) > 1:
			findings = append(findings, fmt.Sprintf("%s has %d package comments (%s): keep one, in doc.go",
				dir, len(in), strings.Join(in, ", ")))
		}
	}
	return findings
}

func TestPackageNames(t *testing.T) { report(t, checkPackageNames(mustSources(t))) }

// checkPackageNames refuses names that say nothing: whatever fits nowhere ends
// up there, and everything imports it.
func checkPackageNames(all []*source) (findings []string) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "shared", "tools", "lib"}
	for _, s := range all {
		if slices.Contains(vague, s.file.Name.Name) {
			findings = append(findings, s.at(s.file.Name.Pos(),
				"a package called %s collects everything: name it for what it provides, or put its parts where they are used", s.file.Name.Name))
		}
	}
	return findings
}
