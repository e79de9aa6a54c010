package main

import (
	"io/fs"
	"path"
	"strings"
	"time"
)

// resolve returns the path that a client means, from the root, which begins with a slash and holds
// no dots that lead anywhere.
func resolve(cwd, name string) string {
	if !strings.HasPrefix(name, "/") {
		name = cwd + "/" + name
	}
	return path.Clean("/" + name)
}

// inRoot is a resolved path as os.Root has it.
func inRoot(p string) string {
	if p = strings.TrimPrefix(p, "/"); p == "" {
		return "."
	}
	return p
}

// quoted is a path as the replies of code 257 have it.
func quoted(p string) string { return `"` + strings.ReplaceAll(p, `"`, `""`) + `"` }

// shown is a name from the disk as it may stand in a line: a control character, which might end
// that, is a question mark.
func shown(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, name)
}

// stamp is a time as MDTM and MLSD have it.
func stamp(t time.Time) string { return t.UTC().Format("20060102150405") }

// stripTelnet removes the commands of Telnet, of which clients send some before an ABOR, and
// returns what is left of the line.
func stripTelnet(line []byte) []byte {
	const interpretAsCommand = 0xff
	out := line[:0]
	for i := 0; i < len(line); i++ {
		if line[i] == interpretAsCommand {
			if i++; i == len(line) || line[i] != interpretAsCommand {
				continue
			}
		}
		out = append(out, line[i])
	}
	return out
}

// isOffered reports whether a client may have it: nothing that would keep a reader waiting.
func isOffered(info fs.FileInfo) bool { return info.IsDir() || info.Mode().IsRegular() }
