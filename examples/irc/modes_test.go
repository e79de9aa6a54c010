package main

import (
	"strings"
	"testing"
)

func TestModes(t *testing.T) {
	m := meet(t, hasty())
	all := m.guests("ada", "bob", "eve")
	ada, bob, eve := all[0], all[1], all[2]
	zoe := m.guest("zoe")
	everybody := func(line string) {
		t.Helper()
		ada.hears(line)
		bob.hears(line)
		eve.hears(line)
	}
	zoe.says("PRIVMSG #go :from outside", "MODE #go +n", "TOPIC #go :mine", "KICK #go ada", "PART #go")
	const outside = "442 #go :You are not on that channel"
	zoe.hears("404 #go :Cannot send to channel", outside, outside, outside, outside)
	bob.says("MODE #go -n", "TOPIC #go :mine", "KICK #go ada")
	const noOp = "482 #go :You are not a channel operator"
	bob.hears(noOp, noOp, noOp)
	ada.says("MODE #go -nt+m-k+v x bob")
	everybody("ada! MODE #go -nt+mv bob")
	zoe.says("PRIVMSG #go :no voice")
	eve.says("PRIVMSG #go :no voice")
	bob.says("PRIVMSG #go :I have a voice", "TOPIC #go :ours", "TOPIC #go :")
	zoe.hears("404 #go :Cannot send to channel")
	eve.hears("404 #go :Cannot send to channel", "bob! PRIVMSG #go :I have a voice",
		"bob! TOPIC #go :ours", "bob! TOPIC #go :")
	ada.hears("bob! PRIVMSG #go :I have a voice", "bob! TOPIC #go :ours", "bob! TOPIC #go :")
	bob.hears("bob! TOPIC #go :ours", "bob! TOPIC #go :")
	ada.says("MODE #go -m+kl sesame 4", "MODE #go", "MODE #go +k a,b", "MODE #go +o nobody",
		"MODE #go +v zoe", "MODE #go +zzz")
	ada.hears("ada! MODE #go -m+kl sesame 4", "324 #go +lk 4 sesame",
		"329 #go 946684800", "525 #go :Key is not well-formed", "401 nobody :No such nick",
		"441 zoe #go :They are not on that channel", "472 z :is unknown mode char to me")
	zoe.says("MODE #go", "JOIN #go", "JOIN #go wrong", "JOIN #a,#go a,sesame", "JOIN #go sesame")
	zoe.hears("324 #go +lk 4", "329 #go 946684800", "475 #go :Cannot join channel (+k)",
		"475 #go :Cannot join channel (+k)", "zoe! JOIN #a", "353 = #a :@zoe", "366 #a :End of NAMES",
		"zoe! JOIN #go", "353 = #go :@ada +bob eve zoe", "366 #go :End of NAMES")
	late := m.guest("late")
	late.says("JOIN #go sesame", "JOIN go", "JOIN :#a b", "JOIN #,#\xff")
	late.hears("471 #go :Cannot join channel (+l)", "403 go :No such channel",
		"403 * :No such channel", "403 # :No such channel", "403 #\xff :No such channel")
	ada.says("MODE #go +o-k+ov eve x eve eve ada", "KICK #go bob,nobody,late,zoe :out", "MODE #go -l")
	eve.hears("ada! MODE #go -m+kl sesame 4", "zoe! JOIN #go", "ada! MODE #go +o-k+v eve * eve",
		"ada! KICK #go bob :out", "ada! KICK #go zoe :out", "ada! MODE #go -l")
	bob.hears("ada! MODE #go -m+kl sesame 4", "zoe! JOIN #go", "ada! MODE #go +o-k+v eve * eve",
		"ada! KICK #go bob :out")
	zoe.hears("ada! MODE #go +o-k+v eve * eve", "ada! KICK #go bob :out", "ada! KICK #go zoe :out")
	eve.says("KICK #go ada", "MODE eve", "MODE ada +i", "MODE eve +i", "MODE eve +o",
		"NAMES #go", "NAMES")
	eve.hears("eve! KICK #go ada :eve", "221 +i", "502 :You cannot see or change the modes of others",
		"501 :Unknown mode", "353 = #go :@eve", "366 #go :End of NAMES",
		"353 = #a :@zoe", "353 = #go :@eve", "366 * :End of NAMES")
}

// Only what has changed is told, and never more than a line can hold.
func TestManyModes(t *testing.T) {
	m := meet(t, hasty())
	ada := m.guests("ada", "b", "c", "d", "e", "f")[0]
	ada.says("MODE #go +nnt-v+o b ada", "MODE #go -k-l", "MODE #go +vvvvv b c d e f",
		"MODE #go "+strings.Repeat("+m-m", 100), "NAMES #go")
	ada.hears("ada! MODE #go +vvvv b c d e", "ada! MODE #go "+strings.Repeat("+m-m", maxLetters/4)+
		"+m", "353 = #go :@ada +b +c +d +e f", "366 #go :End of NAMES")
}
