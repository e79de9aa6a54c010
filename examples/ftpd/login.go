package main

import (
	"slices"
	"strings"
)

func (s *session) name(args [][]byte) {
	s.user, s.loggedIn = string(args[0]), false
	s.reply("331 Any password will do")
}

func (s *session) pass([][]byte) {
	if s.user == "" {
		s.refuse("503 Say USER first")
		return
	}
	s.loggedIn = true
	s.reply("230 Welcome")
}

// auth leaves it to the channel what becomes of input behind the command: it belongs to the
// handshake, and makes it fail.
func (s *session) auth(args [][]byte) {
	kind := strings.ToUpper(string(args[0]))
	switch {
	case s.overTLS:
		s.refuse("503 TLS is on")
	case kind != "TLS" && kind != "TLS-C":
		s.refuse("504 Only TLS")
	default:
		s.reply("234 Go ahead")
		s.StartTLS(s.site.tls)
	}
}

func (s *session) bufferSize([][]byte) {
	if !s.overTLS {
		s.refuse("503 Say AUTH TLS first")
		return
	}
	s.reply("200 PBSZ=0")
}

func (s *session) protect(args [][]byte) {
	level := strings.ToUpper(string(args[0]))
	switch {
	case !s.overTLS:
		s.refuse("503 Say AUTH TLS first")
	case level != "P" && level != "C":
		s.refuse("536 Only P or C")
	default:
		s.protected = level == "P"
		s.reply("200 As you like")
	}
}

func (s *session) features([][]byte) {
	list := ""
	for _, fact := range facts {
		if list += fact; slices.Contains(s.facts, fact) {
			list += "*"
		}
		list += ";"
	}
	s.reply("211-What there is beside RFC 959:\r\n AUTH TLS\r\n EPRT\r\n EPSV\r\n MDTM\r\n" +
		" MLST " + list + "\r\n PBSZ\r\n PROT\r\n REST STREAM\r\n SIZE\r\n TVFS\r\n UTF8\r\n211 End")
}

func (s *session) options(args [][]byte) {
	arg := ""
	if len(args) == 2 {
		arg = string(args[1])
	}
	switch strings.ToUpper(string(args[0])) {
	case "MLST":
		s.facts = parseFacts(arg)
		list := ""
		for _, fact := range s.facts {
			list += fact + ";"
		}
		s.reply("200 MLST OPTS %s", list)
	case "UTF8":
		s.reply("200 Always")
	default:
		s.refuse("501 There is no such option")
	}
}

// status may come during a transfer.
func (s *session) status(args [][]byte) {
	switch t := s.transfer; {
	case len(args) > 0:
		s.refuse("504 Say LIST")
	case t != nil:
		s.reply("211 %d bytes are transferred", t.moved)
	default:
		s.reply("211 No transfer is in progress")
	}
}

func (s *session) quit([][]byte) {
	s.reply("221 Goodbye")
	s.CloseWhenDone()
}
