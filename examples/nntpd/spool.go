package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/examples/internal/texts"
	"github.com/go-asynchat/asynchat/terminator"
)

// A spool is the index of all articles.
type spool struct {
	root   *os.Root
	groups []*group // by name
	byName map[string]*group
	byID   map[string]*article // an article in several groups: one of them
}

type group struct {
	name     string
	about    string
	articles []*article // by number
	since    time.Time  // when the oldest file was written: the best that is known of its beginning
}

// low and high are the numbers of the first and the last article, high below low if there is none.
func (g *group) low() int64 {
	if len(g.articles) == 0 {
		return 1
	}
	return g.articles[0].number
}

func (g *group) high() int64 {
	if len(g.articles) == 0 {
		return 0
	}
	return g.articles[len(g.articles)-1].number
}

// find returns the index of the first article whose number is at least n.
func (g *group) find(n int64) int {
	i, _ := slices.BinarySearchFunc(g.articles, n, func(a *article, n int64) int {
		return cmp.Compare(a.number, n)
	})
	return i
}

type article struct {
	file   string // in the root
	number int64
	since  int64 // when its file was written, in Unix seconds
	fields [len(overview)]string
}

// overview has the fields of RFC 3977, 8.4, in their order. Those that begin with a colon are no
// headers, but counted.
var overview = [...]string{"Subject:", "From:", "Date:", "Message-ID:", "References:",
	":bytes", ":lines"}

const (
	fieldID    = 3
	fieldBytes = 5
	fieldLines = 6
)

func (a *article) id() string { return a.fields[fieldID] }

// openSpool reads all articles. What is wrong with one of them, or with a group, is a fault, and it
// is left out.
func openSpool(dir string, fault func(error)) (*spool, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("the folder of the news, which has one for each group: %w", err)
	}
	s := &spool{root: root, byName: map[string]*group{}, byID: map[string]*article{}}
	entries, err := fs.ReadDir(root.FS(), ".") // sorted
	if err != nil {
		root.Close()
		return nil, err
	}
	for _, e := range entries {
		switch {
		case !e.IsDir() || e.Name()[0] == '.':
		case !isGroupName(e.Name()):
			fault(fmt.Errorf("%q is no name of a group", e.Name()))
		default:
			if g := s.openGroup(e.Name(), fault); g != nil {
				s.groups = append(s.groups, g)
				s.byName[g.name] = g
			}
		}
	}
	if err := s.readAbout(); err != nil {
		fault(err)
	}
	return s, nil
}

// isGroupName leaves out what would not be one word of a line, and what has a meaning in patterns.
func isGroupName(name string) bool {
	return len(name) <= maxName && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune("!*,?[\\]\ufffd", r)
	})
}

func (s *spool) openGroup(name string, fault func(error)) *group {
	entries, err := fs.ReadDir(s.root.FS(), name)
	if err != nil {
		fault(err)
		return nil
	}
	g := &group{name: name, since: time.Now()}
	for _, e := range entries {
		n, err := terminator.ParseLength(e.Name(), maxNumber)
		if err != nil || n == 0 || strconv.FormatInt(n, 10) != e.Name() { // 01 and 1 would be one number
			continue
		}
		a, err := s.readArticle(name+"/"+e.Name(), n)
		if err != nil {
			fault(err)
			continue
		}
		if info, err := e.Info(); err == nil {
			if a.since = info.ModTime().Unix(); info.ModTime().Before(g.since) {
				g.since = info.ModTime()
			}
		}
		g.articles = append(g.articles, a)
		s.byID[a.id()] = a
	}
	slices.SortFunc(g.articles, func(a, b *article) int { return cmp.Compare(a.number, b.number) })
	return g
}

// readArticle reads it once, as it will be sent.
func (s *spool) readArticle(file string, number int64) (*article, error) {
	r, err := texts.NewReader(s.root, file, texts.Whole)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	a := &article{file: file, number: number}
	size, last := int64(0), byte('\n')
	for first := true; err == nil; first = false {
		var piece []byte
		piece, err = r.Next()
		if first {
			a.takeHead(piece) // of tens of thousands of bytes, what is behind them does not count
		}
		if size += int64(len(piece)); len(piece) > 0 {
			last = piece[len(piece)-1]
		}
	}
	if err != io.EOF {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if last != '\n' {
		size += int64(len("\r\n"))
	}
	a.fields[fieldBytes], a.fields[fieldLines] = strconv.FormatInt(size, 10),
		strconv.FormatInt(r.Lines(), 10)
	if !isID(a.id()) {
		return nil, fmt.Errorf("%s: %q is no Message-ID", file, a.id())
	}
	return a, nil
}

// takeHead takes the fields from the beginning of the text.
func (a *article) takeHead(text []byte) {
	head, _, _ := bytes.Cut(append([]byte("\r\n"), text...), []byte("\r\n\r\n"))
	unfolded := strings.NewReplacer("\r\n ", " ", "\r\n\t", " ").Replace(string(head))
	for line := range strings.SplitSeq(unfolded, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		for i, want := range overview[:fieldBytes] {
			if strings.EqualFold(name+":", want) && a.fields[i] == "" {
				// A tab would begin the next field.
				a.fields[i] = strings.Join(strings.Fields(strings.ReplaceAll(value, "\x00", " ")), " ")
			}
		}
	}
}

// isID reports whether id is a message id as RFC 3977, 3.6, has them.
func isID(id string) bool {
	return len(id) >= 3 && len(id) <= 250 && id[0] == '<' && strings.IndexByte(id, '>') == len(id)-1 &&
		!strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}

// readAbout reads what the groups are about.
func (s *spool) readAbout() error {
	text, err := fs.ReadFile(s.root.FS(), "newsgroups")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(strings.ReplaceAll(line, "\x00", " ")); len(words) > 1 &&
			s.byName[words[0]] != nil {
			s.byName[words[0]].about = strings.Join(words[1:], " ")
		}
	}
	return err
}
