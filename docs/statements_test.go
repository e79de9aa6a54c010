package docs

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The statements on asyncore and asynchat, S1 to S194, and their defects, B1 to B58, are each named
// by the comment of a test, or docs/semantics.md says why not. "S41-S43" names three. The defects
// of the loop and its connections, B1 to B30, have a test each.
func TestStatements(t *testing.T) {
	loop := testComments(t, "core", "chat")
	all := loop + testComments(t, "terminator", "fifo")
	page, err := os.ReadFile("semantics.md")
	if err != nil {
		t.Fatal(err)
	}
	checkNamed(t, "S", 110, loop+string(page))
	checkNamed(t, "S", 194, all+string(page))
	checkNamed(t, "B", 30, loop)
	checkNamed(t, "B", 58, all+string(page))
}

func checkNamed(t *testing.T, letter string, last int, text string) {
	t.Helper()
	named := numbers(letter, text)
	var missing []string
	for n := 1; n <= last; n++ {
		if !named[n] {
			missing = append(missing, fmt.Sprint(letter, n))
		}
	}
	if len(missing) > 0 {
		t.Errorf("named nowhere: %s", strings.Join(missing, ", "))
	}
}

// numbers returns those that text names with a letter in front, ranges included. The classes of
// vulnerabilities have numbers of their own.
func numbers(letter, text string) map[int]bool {
	text = regexp.MustCompile(`security class(es)? S[0-9]+`).ReplaceAllString(text, "")
	found := make(map[int]bool)
	one := `\b` + letter + `([0-9]+)\b`
	number := regexp.MustCompile(one + `(?:[-–]` + letter + `?([0-9]+)\b)?`)
	for _, m := range number.FindAllStringSubmatch(text, -1) {
		first, _ := strconv.Atoi(m[1])
		last := first
		if m[2] != "" {
			last, _ = strconv.Atoi(m[2])
		}
		for n := first; n <= last && n < first+100; n++ {
			found[n] = true
		}
	}
	return found
}

// testComments returns the comments of the tests below the folders, those of the suites in
// kerneltest among them.
func testComments(t *testing.T, folders ...string) string {
	t.Helper()
	var text strings.Builder
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join("..", folder),
			func(path string, d fs.DirEntry, err error) error {
				if err != nil || filepath.Ext(path) != ".go" {
					return err
				}
				if !strings.HasSuffix(path, "_test.go") && filepath.Base(filepath.Dir(path)) != "kerneltest" {
					return nil
				}
				file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
				if err != nil {
					return err
				}
				for _, group := range file.Comments {
					text.WriteString(group.Text())
				}
				return nil
			})
		if err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"S1, S12: and S3.", "1 3 12"},
		{"S41-S43 and S50–52, but S7-like", "7 41 42 43 50 51 52"},
		{"S190, security class S12", ""},
		{"XS1, S2x, s3, S 4, B5, S007", "7"},
		{"", ""},
	} {
		var got []string
		named := numbers("S", tt.text)
		for n := range 100 {
			if named[n] {
				got = append(got, strconv.Itoa(n))
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("numbers(%q) = %v, want %s", tt.text, got, tt.want)
		}
	}
}
