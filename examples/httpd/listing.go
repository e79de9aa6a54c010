package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/chat/web"
)

// maxListed bounds the size of a page. To make the largest takes a tenth of a second.
const maxListed = 5000

//go:embed listing.html
var listingSource string

var listing = template.Must(template.New("listing").Parse(listingSource))

// A folder is what the template shows.
type folder struct {
	Path    string // with a slash at both ends
	Parent  bool
	Entries []entry
	More    bool // there are others that are not shown
}

type entry struct {
	Name     string
	Href     string // relative, escaped
	IsFolder bool
	Size     string
	Modified time.Time
}

// serveListing answers with the page of a folder, which is made off the loop: meanwhile others are
// served (E13).
func (s *site) serveListing(x *web.Exchange, name string) {
	web.Do(x, func(context.Context) ([]byte, error) {
		return s.list(name)
	}, func(page []byte, err error) {
		if err != nil {
			x.Refuse(refuseFor(err))
			return
		}
		h := web.Head{Code: 200, Type: web.HTML, Size: int64(len(page)), Header: s.vary(web.HTML)}
		if !s.zip(x, h, bytes.NewReader(page)) {
			x.Reply(h, page)
		}
	})
}

// list makes the page of a folder.
func (s *site) list(name string) ([]byte, error) {
	dir, err := s.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	files, err := dir.ReadDir(maxListed + 1)
	if err != nil && err != io.EOF {
		return nil, err
	}
	shown := files[:min(len(files), maxListed)]
	page := folder{Path: "/", More: len(files) > len(shown), Entries: make([]entry, 0, len(shown))}
	if name != "." {
		page.Path, page.Parent = "/"+name+"/", true
	}
	for _, f := range shown {
		if info, ok := s.look(name, f); ok {
			page.Entries = append(page.Entries, newEntry(f.Name(), info))
		}
	}
	slices.SortFunc(page.Entries, compareEntries)
	var b bytes.Buffer
	if err := listing.Execute(&b, page); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// look returns what f is, and whether it can be asked for: a link that leads nowhere, or out of the
// root, cannot.
func (s *site) look(folder string, f fs.DirEntry) (fs.FileInfo, bool) {
	info, err := f.Info()
	if f.Type()&fs.ModeSymlink != 0 {
		info, err = s.root.Stat(path.Join(folder, f.Name()))
	}
	return info, err == nil && (info.IsDir() || info.Mode().IsRegular())
}

func newEntry(name string, info fs.FileInfo) entry {
	// "./" keeps a name like "javascript:x" from being taken for a scheme.
	e := entry{Name: name, Href: "./" + url.PathEscape(name), IsFolder: info.IsDir(),
		Modified: info.ModTime().UTC()}
	if e.IsFolder {
		e.Name += "/"
		e.Href += "/"
	} else {
		e.Size = humanSize(info.Size())
	}
	return e
}

// compareEntries puts folders first, and does not tell capitals from small letters unless it must.
func compareEntries(a, b entry) int {
	if a.IsFolder != b.IsFolder {
		if a.IsFolder {
			return -1
		}
		return 1
	}
	if c := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}

// humanSize writes a size for people: three digits are enough for them.
func humanSize(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%d B", n)
	}
	const units = "KMGTPE"
	f, unit := float64(n)/(1<<10), 0
	for f >= 1000 && unit < len(units)-1 {
		f /= 1 << 10
		unit++
	}
	if f < 10 {
		return fmt.Sprintf("%.1f %ciB", f, units[unit])
	}
	return fmt.Sprintf("%.0f %ciB", f, units[unit])
}
