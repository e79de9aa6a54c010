package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A habit makes sentences hard to read for those who did not write them. Not each line that it
// matches is wrong; pages and comments are how many were left, each of which was looked at. These
// may only fall.
type habit struct {
	name            string
	match           *regexp.Regexp
	instead         string
	pages, comments int
}

var habits = []habit{
	{"who and what without a noun",
		regexp.MustCompile(`\b(for|of|to|by|than|from|as) (who|what)\b|(^|[.:;] |// )(Who|What) `),
		"name it: a peer, the caller, a connection", 1, 131},
	{"behind, beside, but for", regexp.MustCompile(`\b([Bb]ehind|[Bb]eside|[Bb]ut for)\b`),
		"after, in addition to, except", 6, 90},
	{"is no, is none", regexp.MustCompile(`\b(is|are|was|has) (none|no)\b`),
		"is not an X; there is no X", 27, 161},
	{"a turn for per turn", regexp.MustCompile(`\ba (turn|byte|second|loop|connection|event|element|` +
		`line|datagram|read|write|channel|request)([.,;:)]|$)`),
		"per turn, per byte; one per line", 42, 84},
	{"words of our own", regexp.MustCompile(
		`\b([Cc]uts?|[Ff]aults?|told|tells?|gives? out|given out|for ever)\b`),
		"split, closed; error, malformed input, bug; reports, returns, yields; forever", 21, 189},
	{"pronouns far from their noun",
		regexp.MustCompile(`(^|[.:;] |// )(It|That|Those|This|They|These) `),
		"repeat the noun, split the sentence", 47, 306},
}

// generated pages, and the history, are not rewritten.
var notRewritten = map[string]bool{"docs/performance.md": true, "docs/performance-tables.md": true,
	"docs/changes.md": true}

// The habits do not come back: a page or a comment with one more of them has to take out another.
func TestEnglish(t *testing.T) {
	pages, comments := proseLines(t)
	for _, h := range habits {
		for _, of := range []struct {
			what  string
			lines []string
			most  int
		}{{"pages", pages, h.pages}, {"comments", comments, h.comments}} {
			n, last := 0, ""
			for _, line := range of.lines {
				if _, text, _ := strings.Cut(line, "\t"); h.match.MatchString(text) {
					n++
					last = line
				}
			}
			switch {
			case n > of.most:
				t.Errorf("%s: %d lines of %s, at most %d; write %s. One is\n%s", h.name, n, of.what,
					of.most, h.instead, last)
			case n < of.most:
				t.Logf("%s: %d lines of %s now: lower the bound, which is %d", h.name, n, of.what, of.most)
			}
		}
	}
}

var lineComment = regexp.MustCompile(`//.*`)

// proseLines returns the lines of the pages and those of the comments, each after its place.
func proseLines(t *testing.T) (pages, comments []string) {
	t.Helper()
	names, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, "../README.md", "../CONTRIBUTING.md", "../SECURITY.md") {
		place := path.Join("docs", filepath.ToSlash(name))
		if notRewritten[place] {
			continue
		}
		pages = append(pages, lines(t, place)...)
	}
	for _, folder := range []string{"chat", "core", "fifo", "terminator"} {
		err := fs.WalkDir(os.DirFS(".."), folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return err
			}
			for _, line := range lines(t, name) {
				place, text, _ := strings.Cut(line, "\t")
				if c := lineComment.FindString(text); c != "" {
					comments = append(comments, place+"\t"+c)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(pages) < 1000 || len(comments) < 5000 {
		t.Errorf("only %d lines of pages and %d of comments were found", len(pages), len(comments))
	}
	return pages, comments
}

func lines(t *testing.T, name string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		lines = append(lines, name+"\t"+strings.TrimRight(line, "\r\n"))
	}
	return lines
}

// Prose of a page is at most this wide; tables, code and what cannot be broken are not prose.
const maxProse = 140

func TestProseIsNarrow(t *testing.T) {
	pages, _ := proseLines(t)
	inCode := false
	for _, line := range pages {
		place, text, _ := strings.Cut(line, "\t")
		if strings.HasPrefix(text, "```") {
			inCode = !inCode
		}
		if len([]rune(text)) > maxProse && !inCode && !strings.HasPrefix(text, "|") {
			t.Errorf("%s: longer than %d columns: %.60s…", place, maxProse, text)
		}
	}
}
