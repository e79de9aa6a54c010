package main

import (
	"errors"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
)

type command = chat.Command[*session]

var commands chat.Commands[*session]

// Commands call commands: one that was held back is called at the end of another.
func init() {
	commands = chat.Commands[*session]{
		Verbs: map[string]command{
			"USER": {Run: (*session).name, Min: 1, Max: 1, Rest: true},
			"PASS": {Run: (*session).pass, Max: 1, Rest: true},
			"AUTH": {Run: (*session).auth, Min: 1, Max: 1},
			"PBSZ": {Run: (*session).bufferSize, Min: 1, Max: 1},
			"PROT": {Run: (*session).protect, Min: 1, Max: 1},
			"FEAT": {Run: (*session).features},
			"OPTS": {Run: (*session).options, Min: 1, Max: 2},
			"SYST": says("215 UNIX Type: L8"),
			"NOOP": says("200 I am here"),
			"HELP": says("214 RFC 959 tells it all"),
			"TYPE": only("200 Files are sent as they are", "A", "I", "A N", "L 8"),
			"MODE": only("200 A stream it is", "S"),
			"STRU": only("200 A file it is", "F"),
			"STAT": {Run: (*session).status, Max: 1, Rest: true},
			"ABOR": {Run: (*session).abort},
			"QUIT": {Run: (*session).quit},

			"PASV": inside((*session).passive, 0),
			"EPSV": {Run: signedIn((*session).extendedPassive), Max: 1},
			"PORT": inside((*session).active, 1),
			"EPRT": inside((*session).extendedActive, 1),
			"REST": inside((*session).rest, 1),
			"ALLO": says("202 There is room, or there is not"),
			"RETR": inside((*session).retrieve, 1),
			"STOR": changes((*session).store),
			"APPE": changes((*session).appendTo),
			"LIST": {Run: signedIn((*session).list), Max: 1, Rest: true},
			"NLST": {Run: signedIn((*session).listNames), Max: 1, Rest: true},
			"MLSD": {Run: signedIn((*session).listFacts), Max: 1, Rest: true},
			"MLST": {Run: signedIn((*session).factsOf), Max: 1, Rest: true},
			"PWD":  inside((*session).printFolder, 0), "XPWD": inside((*session).printFolder, 0),
			"CWD": inside((*session).changeFolder, 1), "XCWD": inside((*session).changeFolder, 1),
			"CDUP": inside((*session).parentFolder, 0), "XCUP": inside((*session).parentFolder, 0),
			"SIZE": inside((*session).size, 1),
			"MDTM": inside((*session).modified, 1),
			"DELE": changes((*session).remove),
			"MKD":  changes((*session).makeFolder), "XMKD": changes((*session).makeFolder),
			"RMD": changes((*session).removeFolder), "XRMD": changes((*session).removeFolder),
			"RNFR": changes((*session).renameFrom),
			"RNTO": changes((*session).renameTo),
		},
		Bad: func(s *session, _ []byte, err error) {
			if errors.Is(err, chat.ErrArguments) {
				s.refuse("501 Wrong number of arguments")
			} else {
				s.refuse("502 Unknown command")
			}
		},
	}
}

// says is a command of which nothing is done but the answer.
func says(answer string) command {
	return command{Run: func(s *session, _ [][]byte) { s.reply("%s", answer) }, Max: 1, Rest: true}
}

// only is one that has these arguments, and no others.
func only(answer string, may ...string) command {
	return command{Min: 1, Max: 1, Rest: true, Run: func(s *session, args [][]byte) {
		for _, arg := range may {
			if strings.EqualFold(arg, string(args[0])) {
				s.reply("%s", answer)
				return
			}
		}
		s.refuse("504 Only %s", strings.Join(may, " or "))
	}}
}

// inside is a command for who has logged in, with so many arguments.
func inside(run func(*session, [][]byte), n int) command {
	return command{Run: signedIn(run), Min: n, Max: n, Rest: n > 0}
}

// changes is one that changes a file.
func changes(run func(*session, [][]byte)) command {
	return inside(func(s *session, args [][]byte) {
		if !s.site.write {
			s.refuse("550 Nothing can be changed here")
			return
		}
		run(s, args)
	}, 1)
}

func signedIn(run func(*session, [][]byte)) func(*session, [][]byte) {
	return func(s *session, args [][]byte) {
		if !s.loggedIn {
			s.refuse("530 Say USER and PASS first")
			return
		}
		run(s, args)
	}
}
