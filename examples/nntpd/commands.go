package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/examples/internal/texts"
)

var commands = chat.Commands[*session]{
	Verbs: map[string]chat.Command[*session]{
		"CAPABILITIES": {Run: (*session).capabilities, Max: 1},
		"MODE":         {Run: (*session).mode, Min: 1, Max: 1},
		"HELP":         {Run: (*session).help},
		"DATE":         {Run: (*session).date},
		"QUIT":         {Run: (*session).quit},
		"POST":         {Run: (*session).post},
		"LIST":         {Run: (*session).list, Max: 2},
		"NEWGROUPS":    {Run: (*session).newGroups, Min: 2, Max: 3},
		"NEWNEWS":      {Run: (*session).newNews, Min: 3, Max: 4},
		"GROUP":        {Run: (*session).choose, Min: 1, Max: 1},
		"LISTGROUP":    {Run: (*session).listGroup, Max: 2},
		"NEXT":         {Run: func(s *session, _ [][]byte) { s.step(1, "421 This is the last article") }},
		"LAST": {Run: func(s *session, _ [][]byte) {
			s.step(-1, "422 This is the first article")
		}},
		"ARTICLE": {Run: text(220, texts.Whole), Max: 1},
		"HEAD":    {Run: text(221, texts.Head), Max: 1},
		"BODY":    {Run: text(222, texts.Body), Max: 1},
		"STAT":    {Run: (*session).stat, Max: 1},
		"OVER":    {Run: (*session).over, Max: 1},
		"XOVER":   {Run: (*session).over, Max: 1},
		"HDR":     {Run: header(225), Min: 1, Max: 2},
		"XHDR":    {Run: header(221), Min: 1, Max: 2},
	},
	Bad: func(s *session, _ []byte, err error) {
		if errors.Is(err, chat.ErrArguments) {
			s.refuse("501 Wrong number of arguments")
		} else {
			s.refuse("500 Unknown command")
		}
	},
}

func (s *session) capabilities([][]byte) {
	s.reply("101 What this server can do\r\nVERSION 2\r\nREADER\r\nNEWNEWS\r\nOVER MSGID\r\nHDR\r\n" +
		"LIST ACTIVE ACTIVE.TIMES NEWSGROUPS OVERVIEW.FMT HEADERS\r\n.")
}

func (s *session) mode(args [][]byte) {
	if !strings.EqualFold(string(args[0]), "READER") {
		s.refuse("501 There is only MODE READER")
		return
	}
	s.reply("201 You may read here, and not post")
}

func (s *session) help([][]byte) {
	s.reply("100 The commands are\r\nCAPABILITIES MODE DATE HELP QUIT\r\n" +
		"LIST NEWGROUPS NEWNEWS GROUP LISTGROUP NEXT LAST\r\n" +
		"ARTICLE HEAD BODY STAT OVER XOVER HDR XHDR\r\n.")
}

func (s *session) date([][]byte) {
	s.reply("111 %s", s.Loop().Now().UTC().Format("20060102150405"))
}
func (s *session) post([][]byte) { s.reply("440 You may not post") }

func (s *session) quit([][]byte) {
	s.reply("205 Goodbye")
	s.CloseWhenDone()
}

func (s *session) list(args [][]byte) {
	what, pattern := "ACTIVE", "*"
	if len(args) > 0 {
		what = strings.ToUpper(string(args[0]))
	}
	if len(args) > 1 {
		pattern = string(args[1])
	}
	switch {
	case what == "ACTIVE":
		s.tellGroups("215 Group, last, first, no posting", pattern, active)
	case what == "ACTIVE.TIMES":
		s.tellGroups("215 Group, since when, by whom", pattern, times)
	case what == "NEWSGROUPS":
		s.tellGroups("215 Group, what it is about", pattern, described)
	case what == "OVERVIEW.FMT" && len(args) == 1:
		s.tell("215 The fields of OVER", slices.Values(overview[:]))
	case what == "HEADERS":
		s.tell("215 The fields of HDR", func(yield func(string) bool) {
			for _, field := range overview {
				if !yield(strings.TrimSuffix(field, ":")) {
					return
				}
			}
		})
	default:
		s.refuse("501 That is not on the list of lists")
	}
}

func active(g *group) string { return fmt.Sprintf("%s %d %d n", g.name, g.high(), g.low()) }

func times(g *group) string { return fmt.Sprintf("%s %d news", g.name, g.since.Unix()) }

// described returns "" if nobody has said what the group is about.
func described(g *group) string {
	if g.about == "" {
		return ""
	}
	return g.name + "\t" + g.about
}

// tellGroups leaves out groups of which there is nothing to tell.
func (s *session) tellGroups(first, pattern string, line func(*group) string) {
	s.tell(first, func(yield func(string) bool) {
		for _, g := range s.groups {
			if text := line(g); text != "" && matches(pattern, g.name) && !yield(text) {
				return
			}
		}
	})
}

func (s *session) newGroups(args [][]byte) {
	since, ok := s.since(args)
	if !ok {
		return
	}
	s.tell("231 New groups", func(yield func(string) bool) {
		for _, g := range s.groups {
			if !g.since.Before(since) && !yield(active(g)) {
				return
			}
		}
	})
}

// newNews lists articles by their ids. One that is in several groups may come several times, which
// RFC 3977, 7.4, allows.
func (s *session) newNews(args [][]byte) {
	since, ok := s.since(args[1:])
	if !ok {
		return
	}
	pattern := string(args[0])
	s.tell("230 New articles", func(yield func(string) bool) {
		for _, g := range s.groups {
			if !matches(pattern, g.name) {
				continue
			}
			for _, a := range g.articles {
				if a.since >= since.Unix() && !yield(a.id()) {
					return
				}
			}
		}
	})
}

// since reads a date and a time, or replies that it is none. It takes years of two digits too, as
// old clients say them: of this century, or, if that is still to come, of the last.
func (s *session) since(args [][]byte) (since time.Time, ok bool) {
	date := string(args[0])
	if now := s.Loop().Now().UTC(); len(date) == 6 {
		century := now.Year() / 100
		if date[:2] > now.Format("06") {
			century--
		}
		date = fmt.Sprint(century, date)
	}
	since, err := time.Parse("20060102150405", date+string(args[1]))
	if err != nil || len(args) == 3 && !strings.EqualFold(string(args[2]), "GMT") {
		s.refuse("501 That is no date and time")
		return since, false
	}
	return since, true
}
