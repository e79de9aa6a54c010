package docs

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	mdLink    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	mdHeading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	mdCode    = regexp.MustCompile("(?ms)^```.*?^```$")
	notInID   = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// Every relative link of a page leads to a file of the repository, and to a heading of it if it
// names one.
func TestLinksResolve(t *testing.T) {
	root := os.DirFS("..")
	found := 0
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if path.Ext(name) != ".md" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		for _, m := range mdLink.FindAllStringSubmatch(mdCode.ReplaceAllString(string(text), ""), -1) {
			if strings.Contains(m[1], ":") {
				continue // of another site
			}
			found++
			if why := broken(root, name, m[1]); why != "" {
				t.Errorf("%s: %s: %s", name, m[1], why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 100 {
		t.Errorf("only %d links were found", found)
	}
}

// broken returns what is wrong with a link on a page.
func broken(root fs.FS, page, link string) string {
	file, anchor, _ := strings.Cut(link, "#")
	target := page
	if file != "" {
		target = path.Join(path.Dir(page), file)
	}
	if _, err := fs.Stat(root, target); err != nil {
		return err.Error()
	}
	if anchor == "" {
		return ""
	}
	text, err := fs.ReadFile(root, target)
	if err != nil {
		return err.Error()
	}
	for _, m := range mdHeading.FindAllStringSubmatch(string(text), -1) {
		if headingID(m[1]) == anchor {
			return ""
		}
	}
	return "there is no such heading"
}

// headingID returns the anchor that a heading gets from GitHub.
func headingID(title string) string {
	return strings.ReplaceAll(notInID.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}

func TestHeadingID(t *testing.T) {
	for title, want := range map[string]string{
		"gVisor": "gvisor", "A turn, of `the` loop": "a-turn-of-the-loop", "S1 Two – x": "s1-two--x",
	} {
		if got := headingID(title); got != want {
			t.Errorf("headingID(%q) = %q, want %q", title, got, want)
		}
	}
}
