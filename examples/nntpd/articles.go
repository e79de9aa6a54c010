package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/go-asynchat/asynchat/examples/internal/texts"
	"github.com/go-asynchat/asynchat/terminator"
)

func (s *session) choose(args [][]byte) {
	if g := s.enter(args); g != nil {
		s.reply("211 %s", g.summary())
	}
}

// enter makes the group current, and its first article. If there is no such group, the client has
// been told, and everything stays as it was.
func (s *session) enter(args [][]byte) *group {
	g := s.group
	if len(args) > 0 {
		if g = s.byName[string(args[0])]; g == nil {
			s.reply("411 There is no such group")
			return nil
		}
	}
	if g == nil {
		s.reply("412 Say GROUP first")
		return nil
	}
	s.group, s.current = g, 0
	return g
}

func (g *group) summary() string {
	return fmt.Sprintf("%d %d %d %s", len(g.articles), g.low(), g.high(), g.name)
}

func (s *session) listGroup(args [][]byte) {
	low, high := int64(0), int64(maxNumber)
	if len(args) == 2 {
		var ok bool
		if low, high, ok = parseRange(string(args[1])); !ok {
			s.refuse("501 That is no range")
			return
		}
	}
	g := s.enter(args)
	if g == nil {
		return
	}
	s.tell("211 "+g.summary(), func(yield func(string) bool) {
		for _, a := range g.between(low, high) {
			if !yield(fmt.Sprint(a.number)) {
				return
			}
		}
	})
}

// step goes to the next article or the one before.
func (s *session) step(by int, refusal string) {
	a := s.here()
	if a == nil {
		return
	}
	i := s.current + by
	if i < 0 || i >= len(s.group.articles) {
		s.reply("%s", refusal)
		return
	}
	s.current = i
	a = s.group.articles[i]
	s.reply("223 %d %s", a.number, a.id())
}

// here returns the current article; if there is none, the client has been told.
func (s *session) here() *article {
	switch {
	case s.group == nil:
		s.reply("412 Say GROUP first")
	case s.current >= len(s.group.articles):
		s.reply("420 The group is empty")
	default:
		return s.group.articles[s.current]
	}
	return nil
}

// article returns the one that is meant, and the number under which it is told: 0 if it is meant by
// its id. One that is meant by its number is current from now on. If there is none, the client has
// been told.
func (s *session) article(args [][]byte) (*article, int64) {
	switch {
	case len(args) == 0:
		a := s.here()
		if a == nil {
			return nil, 0
		}
		return a, a.number
	case args[0][0] == '<':
		a := s.byID[string(args[0])]
		if a == nil {
			s.reply("430 There is no article with that id")
		}
		return a, 0
	}
	n, err := terminator.ParseLength(args[0], maxNumber)
	switch {
	case err != nil:
		s.refuse("501 That is neither a number nor an id")
	case s.group == nil:
		s.reply("412 Say GROUP first")
	default:
		if i := s.group.find(n); i < len(s.group.articles) && s.group.articles[i].number == n {
			s.current = i
			return s.group.articles[i], n
		}
		s.reply("423 There is no article with that number")
	}
	return nil, 0
}

// text is the command that sends a part of an article.
func text(code int, part texts.Part) func(*session, [][]byte) {
	return func(s *session, args [][]byte) {
		a, number := s.article(args)
		if a == nil {
			return
		}
		s.SendText(s.root, a.file, part, func(err error) {
			switch {
			case err == nil:
				s.reply("%d %d %s", code, number, a.id())
			case errors.Is(err, fs.ErrNotExist) && number == 0:
				s.reply("430 The article is gone")
			case errors.Is(err, fs.ErrNotExist):
				s.reply("423 The article is gone")
			default:
				s.Logger().Error("article cannot be read", "error", err)
				s.reply("403 The article cannot be read")
			}
		})
	}
}

func (s *session) stat(args [][]byte) {
	if a, number := s.article(args); a != nil {
		s.reply("223 %d %s", number, a.id())
	}
}

// several returns the articles that are meant by an id, a range, or nothing. If there are none, the
// client has been told.
func (s *session) several(args [][]byte) (all []*article, byID bool) {
	if len(args) == 0 || args[0][0] == '<' {
		if a, number := s.article(args); a != nil {
			return []*article{a}, number == 0
		}
		return nil, false
	}
	low, high, ok := parseRange(string(args[0]))
	switch {
	case !ok:
		s.refuse("501 That is neither a range nor an id")
	case s.group == nil:
		s.reply("412 Say GROUP first")
	default:
		if all = s.group.between(low, high); len(all) == 0 {
			s.reply("423 There are no articles in that range")
		}
	}
	return all, false
}

func (s *session) over(args [][]byte) {
	s.tellAbout(224, args, func(a *article) string { return strings.Join(a.fields[:], "\t") }, "\t")
}

// header is the command that tells one field of articles: of those that OVER has, since they are at
// hand.
func header(code int) func(*session, [][]byte) {
	return func(s *session, args [][]byte) {
		i := slices.IndexFunc(overview[:], func(field string) bool {
			return strings.EqualFold(strings.TrimSuffix(field, ":"), string(args[0]))
		})
		if i < 0 {
			s.reply("503 Only the fields of LIST HEADERS")
			return
		}
		s.tellAbout(code, args[1:], func(a *article) string { return a.fields[i] }, " ")
	}
}

// tellAbout tells something of each article, behind its number.
func (s *session) tellAbout(code int, args [][]byte, what func(*article) string, between string) {
	all, byID := s.several(args)
	if len(all) == 0 {
		return
	}
	s.tell(fmt.Sprintf("%d It follows", code), func(yield func(string) bool) {
		for _, a := range all {
			number := a.number
			if byID {
				number = 0
			}
			if !yield(fmt.Sprint(number, between, what(a))) {
				return
			}
		}
	})
}
