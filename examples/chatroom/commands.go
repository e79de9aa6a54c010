package main

import (
	"errors"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

var commands = chat.Commands[*user]{
	Verbs: map[string]chat.Command[*user]{
		"/JOIN": {Run: (*user).join, Min: 1, Max: 1},
		"/PART": {Run: (*user).part, Max: 1},
		"/WHO":  {Run: (*user).who, Max: 1},
		"/NICK": {Run: (*user).nick, Min: 1, Max: 1},
		"/MSG":  {Run: (*user).msg, Min: 2, Max: 2, Rest: true},
		"/ME":   {Run: (*user).me, Min: 1, Max: 1, Rest: true},
		"/QUIT": {Run: (*user).leave, Max: 1, Rest: true},
		"/HELP": {Run: (*user).help, Max: 1, Rest: true},
	},
	Bad: func(u *user, verb []byte, err error) {
		if errors.Is(err, chat.ErrArguments) {
			u.note(string(verb), " does not go with that; see /help")
		} else {
			u.note("there is no ", string(verb), "; see /help")
		}
	},
}

const helpText = "/join ROOM, /part [ROOM], /who [ROOM], /nick NAME, /msg NAME TEXT, /me TEXT, " +
	"/quit [TEXT]; all else is said in the room that you joined last"

// say does what a line of a user says. It takes the lock of the house.
func (u *user) say(line string, now time.Time) {
	u.house.Lock()
	defer u.house.Unlock()
	u.flood.count(now)
	u.do(clean(line))
}

func (u *user) do(line string) {
	switch {
	case line == "":
	case strings.HasPrefix(line, "//"): // a text that begins with one
		u.talk(said, line[1:])
	case line[0] == '/':
		commands.Call(u, []byte(line))
	default:
		u.talk(said, line)
	}
}

func (u *user) talk(k kind, text string) {
	if u.current == nil {
		u.note("you are in no room; /join one")
		return
	}
	now := u.self[0].Loop().Now().Unix()
	u.house.tell(u.current, event{Kind: k, From: u.name, Text: text, When: now})
}

func (u *user) me(args [][]byte) { u.talk(acted, string(args[0])) }

func (u *user) join(args [][]byte) {
	name := fold(string(args[0]))
	if !validName(name) {
		u.note(errName.Error())
		return
	}
	if r := u.in(name); r != nil {
		u.current = r
		u.note("you talk in ", name)
		return
	}
	if len(u.rooms) == maxRooms {
		u.note("you are in enough rooms; /part one of them")
		return
	}
	u.house.join(u, u.house.room(name))
}

// in returns the room of that name if the user is in it, else nil.
func (u *user) in(name string) *room {
	for _, r := range u.rooms {
		if r.name == name {
			return r
		}
	}
	return nil
}

// named returns the room of an argument that may be left out: then it is the current one. Without
// such a room the user is told, and it is nil.
func (u *user) named(args [][]byte) *room {
	if len(args) == 0 {
		if u.current == nil {
			u.note("you are in no room; /join one")
		}
		return u.current
	}
	name := fold(string(args[0]))
	r := u.in(name)
	if r == nil {
		u.note("you are not in ", name)
	}
	return r
}

func (u *user) part(args [][]byte) {
	r := u.named(args)
	if r == nil {
		return
	}
	u.house.part(u, r)
	if u.current != nil {
		u.note("you talk in ", u.current.name)
	}
}

func (u *user) who(args [][]byte) {
	if r := u.named(args); r != nil {
		u.hear(u.house.present(r))
	}
}

func (u *user) nick(args [][]byte) {
	if err := u.house.rename(u, string(args[0])); err != nil {
		u.note(err.Error())
	}
}

func (u *user) msg(args [][]byte) {
	if err := u.house.whisper(u, string(args[0]), string(args[1])); err != nil {
		u.note(err.Error())
	}
}

func (u *user) help([][]byte) { u.note(helpText) }

func (u *user) leave(args [][]byte) {
	why := ""
	if len(args) > 0 {
		why = string(args[0])
	}
	u.house.leave(u, why)
	u.quit("goodbye")
}
