package main

import "bytes"

func trimCR(line []byte) []byte { return bytes.TrimSuffix(line, []byte("\r")) }

// splitLine splits an inline command: words with blanks between them, or in quotes. Within double
// quotes there are the escapes of C, within single ones only \'. It reports false if a quote is not
// closed, or something follows one without a blank.
func splitLine(line []byte) (args [][]byte, ok bool) {
	for {
		line = bytes.TrimLeft(line, blanks)
		if len(line) == 0 || line[0] == 0 { // to Redis, the line is a string of C
			return args, true
		}
		var arg []byte
		if arg, line, ok = cutArgument(line); !ok {
			return nil, false
		}
		args = append(args, arg)
	}
}

const blanks = " \t\n\v\f\r"

// cutArgument returns the first argument of line, which may begin and end in plain text and have
// quotes in between: a"b c" is one.
func cutArgument(line []byte) (arg, rest []byte, ok bool) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t', '\n', '\r', 0:
			return arg, line[i:], true
		case '"', '\'':
			arg, rest, ok = appendQuoted(arg, line[i+1:], c)
			return arg, rest,
				ok && (len(rest) == 0 || rest[0] == 0 || bytes.IndexByte([]byte(blanks), rest[0]) >= 0)
		default:
			arg = append(arg, c)
		}
	}
	return arg, nil, true
}

// appendQuoted appends what comes before the closing quote.
func appendQuoted(arg, p []byte, quote byte) (_, rest []byte, ok bool) {
	for i := 0; i < len(p); i++ {
		c := p[i]
		if c == quote {
			return arg, p[i+1:], true
		}
		if c == 0 {
			break
		}
		if c == '\\' && i+1 < len(p) {
			switch {
			case quote == '\'' && p[i+1] == '\'':
				c = '\''
				i++
			case quote == '"' && p[i+1] == 'x' && i+3 < len(p) && isHex(p[i+2]) && isHex(p[i+3]):
				c = hexValue(p[i+2])<<4 | hexValue(p[i+3])
				i += 3
			case quote == '"':
				c = unescape(p[i+1])
				i++
			}
		}
		arg = append(arg, c)
	}
	return nil, nil, false
}

func unescape(c byte) byte {
	if i := bytes.IndexByte([]byte("nrtba"), c); i >= 0 {
		return "\n\r\t\b\a"[i]
	}
	return c
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
