package main

import (
	"strings"
	"unicode/utf8"

	"github.com/go-asynchat/asynchat/terminator"
)

// An envelope is what MAIL and RCPT have said. Where mail is only kept, what counts of the
// addresses is that they are some.
type envelope struct {
	utf8       bool // SMTPUTF8
	recipients int
}

// parseMail reads the arguments of MAIL. A refusal is a reply.
func parseMail(args string, maxSize int64) (e *envelope, refusal string) {
	address, params, ok := cutPath(args, "FROM:")
	if !ok {
		return nil, "501 5.5.4 It is MAIL FROM:<address>"
	}
	e = &envelope{}
	seen := map[string]bool{}
	for _, param := range strings.Fields(params) {
		name, value, hasValue := strings.Cut(strings.ToUpper(param), "=")
		if seen[name] {
			return nil, "501 5.5.4 One parameter comes twice"
		}
		seen[name] = true
		switch {
		case name == "SIZE" && hasValue:
			n, err := terminator.ParseLength([]byte(value), -1)
			switch {
			case err == terminator.ErrTooLong || n > maxSize:
				return nil, "552 5.3.4 The message is too large"
			case err != nil:
				return nil, "501 5.5.4 SIZE is a number"
			}
		case name == "BODY" && (value == "7BIT" || value == "8BITMIME"):
		case name == "BODY" && hasValue:
			return nil, "501 5.5.4 BODY is 7BIT or 8BITMIME"
		case name == "SMTPUTF8" && !hasValue:
			e.utf8 = true
		default:
			return nil, "555 5.5.4 Unknown parameter"
		}
	}
	if address != "" { // nobody is who reports that something was not delivered
		refusal = checkAddress(address, e.utf8, "5.1.7")
	}
	return e, refusal
}

// parseRcpt reads the arguments of RCPT.
func parseRcpt(args string, utf8 bool) (refusal string) {
	address, params, ok := cutPath(args, "TO:")
	switch {
	case !ok:
		return "501 5.5.4 It is RCPT TO:<address>"
	case params != "":
		return "555 5.5.4 Unknown parameter"
	case strings.EqualFold(address, "postmaster"): // the only one without a domain
		return ""
	}
	return checkAddress(address, utf8, "5.1.3")
}

// cutPath returns what is between the angle brackets behind the keyword, and what follows. A quoted
// name may hold a bracket.
func cutPath(args, keyword string) (address, params string, ok bool) {
	if len(args) < len(keyword) || !strings.EqualFold(args[:len(keyword)], keyword) {
		return "", "", false
	}
	// RFC 5321, 3.3, allows no space here, but mailers have always sent some, and it has one meaning.
	rest := strings.TrimLeft(args[len(keyword):], " ")
	if !strings.HasPrefix(rest, "<") {
		return "", "", false
	}
	quoted := false
	for i := 1; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == '>' && !quoted:
			address, params = rest[1:i], rest[i+1:]
			if params != "" && params[0] != ' ' {
				return "", "", false
			}
			return address, strings.TrimSpace(params), true
		}
	}
	return "", "", false
}

// checkAddress refuses what is no address, with the given enhanced code. A route in front of it,
// which RFC 5321 wants to be ignored, is.
func checkAddress(address string, mayUTF8 bool, code string) (refusal string) {
	if route, rest, ok := strings.Cut(address, ":"); ok && strings.HasPrefix(route, "@") {
		address = rest
	}
	at := strings.LastIndexByte(address, '@')
	switch {
	case !isASCII(address) && !mayUTF8:
		return "553 5.6.7 That address needs SMTPUTF8"
	case at < 1 || at > 64 || len(address) > 254 || !utf8.ValidString(address):
	case isLocal(address[:at]) && isDomain(address[at+1:]):
		return ""
	}
	return "553 " + code + " That is no address"
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// isLocal reports whether s is words with dots between them, or a quoted string.
func isLocal(s string) bool {
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		quoted, ok = strings.CutSuffix(quoted, `"`)
		quoted = strings.NewReplacer(`\\`, "", `\"`, "").Replace(quoted)
		return ok && !strings.Contains(quoted, `"`) && !strings.HasSuffix(quoted, `\`)
	}
	for word := range strings.SplitSeq(s, ".") {
		if word == "" || strings.ContainsAny(word, " \t()<>[]:;@\\,\"") {
			return false
		}
	}
	return true
}

// isDomain reports whether s is labels with dots between them, or an address in brackets.
func isDomain(s string) bool {
	if literal, ok := strings.CutPrefix(s, "["); ok {
		literal, ok = strings.CutSuffix(literal, "]")
		return ok && literal != "" && !strings.ContainsAny(literal, "[]\\ \t")
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, notInLabel) {
			return false
		}
	}
	return true
}

func notInLabel(r rune) bool {
	letter := 'a' <= r|0x20 && r|0x20 <= 'z'
	return !letter && !('0' <= r && r <= '9') && r != '-' && r != '_' && r < utf8.RuneSelf
}
