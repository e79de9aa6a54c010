package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// A format is one line of a list.
type format func(info fs.FileInfo, now time.Time) string

// formatNames is that of NLST.
func formatNames(info fs.FileInfo, _ time.Time) string { return shown(info.Name()) }

// formatLong is that of LIST, as ls -l has it, which is what programs expect.
func formatLong(info fs.FileInfo, now time.Time) string {
	layout := "Jan _2 15:04"
	if age := now.Sub(info.ModTime()); age < -24*time.Hour || age > 180*24*time.Hour {
		layout = "Jan _2  2006"
	}
	kind := "-"
	if info.IsDir() {
		kind = "d"
	}
	return fmt.Sprintf("%s%s 1 ftp ftp %12d %s %s", kind, info.Mode().Perm().String()[1:],
		info.Size(), info.ModTime().UTC().Format(layout), shown(info.Name()))
}

// facts are what MLSD and MLST can say of a file, in their order.
var facts = []string{"type", "size", "modify", "perm"}

// parseFacts returns those of a list that are known: the rest is passed over, as RFC 3659 says.
func parseFacts(list string) (known []string) {
	wanted := strings.Split(strings.ToLower(list), ";")
	for _, fact := range facts {
		if slices.Contains(wanted, fact) {
			known = append(known, fact)
		}
	}
	return known
}

// formatFacts returns the format of MLSD.
func formatFacts(wanted []string, mayWrite bool) format {
	return func(info fs.FileInfo, _ time.Time) string {
		var line strings.Builder
		for _, fact := range wanted {
			switch {
			case fact == "type" && info.IsDir():
				line.WriteString("type=dir;")
			case fact == "type":
				line.WriteString("type=file;")
			case fact == "size" && !info.IsDir():
				fmt.Fprintf(&line, "size=%d;", info.Size())
			case fact == "modify":
				fmt.Fprintf(&line, "modify=%s;", stamp(info.ModTime()))
			case fact == "perm":
				fmt.Fprintf(&line, "perm=%s;", permissions(info, mayWrite))
			}
		}
		return line.String() + " " + shown(info.Name())
	}
}

func permissions(info fs.FileInfo, mayWrite bool) string {
	switch {
	case info.IsDir() && mayWrite:
		return "cdeflmp"
	case info.IsDir():
		return "el"
	case mayWrite:
		return "adfrw"
	}
	return "r"
}

// A listing is a list of files that is made while it is sent.
type listing struct {
	root   *os.Root
	name   string   // of the folder
	dir    *os.File // nil: the list is of one file
	file   fs.FileInfo
	format format
	now    time.Time
}

// openListing opens the folder of that name, or looks at the file.
func openListing(root *os.Root, name string, f format, now time.Time) (*listing, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	l := &listing{root: root, name: name, file: info, format: f, now: now}
	if info.IsDir() {
		l.dir, err = root.Open(name)
	}
	return l, err
}

// next returns the next piece of the list. What cannot be had is left out, such as a symbolic link
// that leads out of the root; a link within it looks like what it leads to.
func (l *listing) next() ([]byte, error) {
	var out []byte
	add := func(info fs.FileInfo) {
		if isOffered(info) {
			out = append(append(out, l.format(info, l.now)...), "\r\n"...)
		}
	}
	if l.dir == nil {
		add(l.file)
		return out, io.EOF
	}
	for len(out) == 0 {
		names, err := l.dir.Readdirnames(200)
		for _, name := range names {
			if info, err := l.root.Stat(path.Join(l.name, name)); err == nil {
				add(named{info, name})
			}
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// Close closes the folder.
func (l *listing) Close() error {
	if l.dir == nil {
		return nil
	}
	return l.dir.Close()
}

// named is what a link leads to, under the link's name.
type named struct {
	fs.FileInfo
	name string
}

func (n named) Name() string { return n.name }
