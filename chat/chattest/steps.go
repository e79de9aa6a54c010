package chattest

import (
	"fmt"
	"strconv"
	"strings"
)

// escape is the inverse of unescape, in one line.
func escape(s string) string {
	q := strconv.Quote(s)
	q = strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
	if trimmed, ok := strings.CutSuffix(q, " "); ok {
		q = trimmed + `\x20`
	}
	return q
}

// asSteps writes what a peer received as steps of a dialogue.
func asSteps(peer int, received string) []string {
	lines := plainSteps(received)
	for i := range lines {
		lines[i] = ofPeer(peer, lines[i])
	}
	return lines
}

// ofPeer puts the number of a peer after the letter of a step, or after its only word.
func ofPeer(peer int, line string) string {
	switch {
	case peer == 0:
		return line
	case line[0] == 'S':
		return fmt.Sprintf("S%d%s", peer+1, line[1:])
	}
	return fmt.Sprintf("%s%d", line, peer+1)
}

func plainSteps(received string) []string {
	var lines []string
	for line := range strings.SplitAfterSeq(received, "\n") {
		for {
			before, n, behind := longRun(line)
			if n == 0 {
				break
			}
			if before != "" {
				lines = append(lines, "S- "+escape(before))
			}
			lines = append(lines, fmt.Sprintf("S* %d %s", n, escape(line[len(before):][:1])))
			line = behind
		}
		text, whole := strings.CutSuffix(line, "\r\n")
		switch {
		case line == "": // after the last line end
		case !whole:
			lines = append(lines, "S- "+escape(text))
		case text == "":
			lines = append(lines, "S:")
		default:
			lines = append(lines, "S: "+escape(text))
		}
	}
	return lines
}

// minRun is how often a byte has to be repeated to be written as a number.
const minRun = 80

// longRun finds the first n equal bytes in a row that are many enough; without them n is 0.
func longRun(s string) (before string, n int, behind string) {
	for i := 0; i < len(s); i += n {
		for n = 1; i+n < len(s) && s[i+n] == s[i]; n++ {
		}
		if n >= minRun {
			return s[:i], n, s[i+n:]
		}
	}
	return s, 0, ""
}
