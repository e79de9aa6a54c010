package main

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	maxModes   = 4  // with a parameter, in one command
	maxLetters = 50 // in one command: then what has been done is never too long for a line
	maxKey     = 23
)

func (c *call) mode() {
	if c.params[0] != "" && c.params[0][0] != '#' {
		c.userMode()
		return
	}
	r := c.net.room(c.params[0])
	switch {
	case r == nil:
		c.reply(403, "%s :No such channel", word(c.params[0]))
	case len(c.params) == 1:
		c.reply(324, "%s %s", r.name, r.modes(c.member(r) != nil))
		c.reply(329, "%s %d", r.name, r.since.Unix())
	case len(c.params) == 2 && (c.params[1] == "b" || c.params[1] == "+b"): // clients ask at each JOIN
		c.reply(368, "%s :End of channel ban list", r.name)
	default:
		if m := c.member(r); m == nil {
			c.reply(442, "%s :You are not on that channel", r.name)
		} else if !m.op {
			c.reply(482, "%s :You are not a channel operator", r.name)
		} else {
			c.setModes(r)
		}
	}
}

// userMode knows one mode, which everybody has.
func (c *call) userMode() {
	switch user := c.net.user(c.params[0]); {
	case user == nil:
		c.reply(401, "%s :No such nick", word(c.params[0]))
	case user != c.session:
		c.reply(502, ":You cannot see or change the modes of others")
	case len(c.params) == 1:
		c.reply(221, "+i")
	case c.params[1] != "+i" && c.params[1] != "i":
		c.reply(501, ":Unknown mode")
	}
}

// modes are those that are set; the key is for members.
func (r *room) modes(member bool) string {
	modes, params := "+", ""
	for _, f := range r.toggles() {
		if *f.on {
			modes += string(f.letter)
		}
	}
	if r.limit > 0 {
		modes += "l"
		params += fmt.Sprintf(" %d", r.limit)
	}
	if r.key != "" {
		modes += "k"
		if member {
			params += " " + r.key
		}
	}
	return modes + params
}

type toggle struct {
	letter rune
	on     *bool
}

func (r *room) toggles() []toggle {
	return []toggle{{'m', &r.moderated}, {'n', &r.inside}, {'t', &r.guarded}}
}

// A change is a command MODE for a room in progress: what it takes, and what has been done, in the
// form of a MODE.
type change struct {
	*call
	room   *room
	params []string // that were not used yet
	used   int
	add    bool
	said   rune // the sign that stands last in done
	done   string
	with   string
}

func (c *call) setModes(r *room) {
	ch := &change{call: c, room: r, params: c.params[2:], add: true}
	unknown := map[rune]bool{}
	for _, letter := range clip(c.params[1], maxLetters) {
		switch letter {
		case '+', '-':
			ch.add = letter == '+'
		case 'o', 'v':
			ch.member(letter)
		case 'k':
			ch.key()
		case 'l':
			ch.limit()
		default:
			if !ch.toggle(letter) && !unknown[letter] {
				unknown[letter] = true // once is enough
				c.reply(472, "%s :is unknown mode char to me", word(string(letter)))
			}
		}
	}
	if ch.done != "" {
		c.announce(r, ":%s MODE %s %s%s", c.mask(), r.name, ch.done, ch.with)
	}
}

// take returns the next parameter, if there is one that may be used.
func (ch *change) take() (param string, ok bool) {
	if len(ch.params) == 0 || ch.used == maxModes {
		return "", false
	}
	param, ch.params = ch.params[0], ch.params[1:]
	ch.used++
	return param, true
}

// note adds what was done.
func (ch *change) note(letter rune, param string) {
	sign := '-'
	if ch.add {
		sign = '+'
	}
	if sign != ch.said {
		ch.done += string(sign)
		ch.said = sign
	}
	ch.done += string(letter)
	if param != "" {
		ch.with += " " + param
	}
}

func (ch *change) toggle(letter rune) bool {
	for _, f := range ch.room.toggles() {
		if f.letter == letter {
			if *f.on != ch.add {
				*f.on = ch.add
				ch.note(letter, "")
			}
			return true
		}
	}
	return false
}

func (ch *change) member(letter rune) {
	nick, ok := ch.take()
	if !ok {
		return
	}
	m := ch.target(ch.room, nick)
	if m == nil {
		return
	}
	on := &m.voice
	if letter == 'o' {
		on = &m.op
	}
	if *on != ch.add {
		*on = ch.add
		ch.note(letter, m.nick)
	}
}

// key takes a parameter in both directions, but does not ask who takes the key away whether he
// knows it.
func (ch *change) key() {
	key, ok := ch.take()
	switch {
	case !ch.add && ch.room.key != "":
		ch.room.key = ""
		ch.note('k', "*")
	case ch.add && ok && isWord(key) && len(key) <= maxKey && !strings.Contains(key, ","):
		ch.room.key = key
		ch.note('k', key)
	case ch.add && ok:
		ch.reply(525, "%s :Key is not well-formed", ch.room.name)
	}
}

func (ch *change) limit() {
	if !ch.add {
		if ch.room.limit > 0 {
			ch.room.limit = 0
			ch.note('l', "")
		}
		return
	}
	text, ok := ch.take()
	if n, err := strconv.Atoi(text); ok && err == nil && n > 0 && n < 1e9 {
		ch.room.limit = n
		ch.note('l', strconv.Itoa(n))
	}
}
