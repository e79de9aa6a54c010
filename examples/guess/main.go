// Command guess thinks of a number, and gives you half a minute to find it.
//
//	go run ./examples/guess
//	nc 127.0.0.1 7713
//	50
//
// It shows a conversation, [chat.Converse]: the game is written as one would write it for a
// terminal, top to bottom, with a loop and a local variable for each thing to remember. While a
// game waits in ReadLine, the loop serves other players; thousands of them can play on one
// goroutine.
package main

import (
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
	"github.com/go-asynchat/asynchat/terminator"
)

const most = 100 // the largest number

func main() {
	var g game
	addr := flag.String("addr", "127.0.0.1:7713", "where to listen")
	loops := flag.Int("loops", 1, "number of event loops")
	flag.DurationVar(&g.limit, "limit", 30*time.Second, "how long a game may take")
	flag.IntVar(&g.number, "number", 0, "the number to find; 0: another one in each game")
	serve.Parse()
	server := &chat.Server{Addr: *addr, Loops: *loops, Handler: chat.Converse(g.play)}
	server.FirstTimeout = chat.NoLimit // the game has its own
	server.MaxElement = 80
	serve.Main(server)
}

type game struct {
	limit  time.Duration
	number int
}

func (g game) play(v *chat.Conversation) error {
	number := g.number
	if number == 0 {
		number = 1 + rand.IntN(most)
	}
	v.SetReadDeadline(v.Loop().Now().Add(g.limit))
	v.Printf("I think of a number from 1 to %d. You have %v to find it.\r\n", most, g.limit)
	for tries := 1; ; tries++ {
		v.Printf("Your guess? ")
		line, err := v.ReadUntil(terminator.Line())
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			v.Printf("\r\nTime is up. It was %d.\r\n", number)
			return nil
		case err != nil:
			return err
		case chat.ForeignProtocol(line) != "":
			return v.Close()
		}
		switch guess, err := strconv.Atoi(strings.TrimSpace(string(line))); {
		case err != nil || guess < 1 || guess > most:
			v.Printf("That is not a number from 1 to %d.\r\n", most)
		case guess < number:
			v.Printf("It is more.\r\n")
		case guess > number:
			v.Printf("It is less.\r\n")
		case tries == 1:
			v.Printf("Yes! You read my mind.\r\n")
			return nil
		default:
			v.Printf("Yes! You needed %d guesses.\r\n", tries)
			return nil
		}
	}
}
