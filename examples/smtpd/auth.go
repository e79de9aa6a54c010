package main

import (
	"bytes"
	"encoding/base64"
	"strings"
	"time"
)

const (
	maxPasswords = 5           // wrong ones of a session
	penance      = time.Second // after each of them
)

// A login is an AUTH in progress (RFC 4954): what its next answer is for.
type login struct {
	answer func(s *session, said []byte)
	name   []byte // of LOGIN
}

// auth takes a password over TLS only, and where there are users. LOGIN is what old mailers know.
func (s *session) auth(args [][]byte) {
	switch {
	case s.site.users == nil:
		s.refuse("502 5.5.1 Nobody has to log in here")
	case !s.secure:
		s.refuse("538 5.7.11 Say STARTTLS first, or everybody on the way hears your password")
	case !s.greeted || s.admitted || s.envelope != nil:
		s.refuse("503 5.5.1 EHLO comes first, then AUTH, once, then MAIL")
	case strings.EqualFold(string(args[0]), "PLAIN"):
		s.challenge("", args[1:], (*session).plain)
	case strings.EqualFold(string(args[0]), "LOGIN"):
		s.challenge("VXNlcm5hbWU6", args[1:], (*session).loginName)
	default:
		s.refuse("504 5.5.4 It is AUTH PLAIN or AUTH LOGIN")
	}
}

// challenge asks, unless the client has answered before.
func (s *session) challenge(question string, said [][]byte, answer func(*session, []byte)) {
	s.login = &login{answer: answer}
	if len(said) == 0 {
		s.reply("334 %s", question)
		return
	}
	if string(said[0]) == "=" { // which stands for nothing
		said[0] = nil
	}
	s.answered(said[0])
}

// answered takes an answer, in base64.
func (s *session) answered(line []byte) {
	l := s.login
	s.login = nil
	if string(line) == "*" {
		s.refuse("501 5.7.0 As you like")
		return
	}
	said, err := base64.StdEncoding.DecodeString(string(line))
	if err != nil {
		s.refuse("501 5.5.2 That is not base64")
		return
	}
	if s.login = l; l.name == nil {
		l.answer(s, said)
	} else {
		s.logIn(l.name, said)
	}
}

// plain is a name to act for, which may be missing, a name and a password (RFC 4616).
func (s *session) plain(said []byte) {
	parts := bytes.Split(said, []byte{0})
	if len(parts) != 3 || len(parts[1]) == 0 {
		s.login = nil
		s.refuse("501 5.5.2 It is a name and a password, with zeros before them")
		return
	}
	if len(parts[0]) > 0 && !bytes.Equal(parts[0], parts[1]) {
		parts[2] = nil // nobody acts for others
	}
	s.logIn(parts[1], parts[2])
}

func (s *session) loginName(name []byte) {
	s.login.name = append([]byte{}, name...) // never nil
	s.reply("334 UGFzc3dvcmQ6")
}

// logIn makes who is wrong wait.
func (s *session) logIn(name, password []byte) {
	s.login = nil
	if s.site.users.admit(name, password) {
		s.admitted = true
		s.reply("235 2.7.0 Welcome")
		return
	}
	s.PauseReading()
	s.After(penance, func() {
		if !s.passwords.Strike(s.Channel, "421 4.7.0 Too many wrong passwords\r\n") {
			s.reply("535 5.7.8 Wrong name or password")
		}
		s.ResumeReading()
	})
}
