package transcript_test

import (
	"bytes"
	"os"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/transcript"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// hideCodes replaces the text after the word CODE.
func hideCodes(d chat.Direction, line []byte) []byte {
	if d == chat.DirectionReceived && bytes.HasPrefix(line, []byte("CODE ")) {
		return []byte("CODE ***")
	}
	return line
}

// A session as a dialogue that chattest can play, with secrets replaced.
func ExampleWriter() {
	k := simkernel.New()
	loop, err := core.New(core.WithKernel(k))
	if err != nil {
		panic(err)
	}
	defer loop.Close()
	near, far, err := k.Pair()
	if err != nil {
		panic(err)
	}
	w := &transcript.Writer{W: os.Stdout, Redact: hideCodes}
	c := chat.NewChannel(core.NewConn(loop, near), chat.Lines(func(c *chat.Channel, line []byte) {
		c.PushLine("200 thank you")
	}))
	c.SetTap(w.Tap(c))
	k.Write(far, []byte("NAME ada\r\nCODE 1234\r\n"))
	for calls := 1; calls > 0; {
		calls, _ = loop.Poll(0)
	}
	// Output:
	// C: NAME ada
	// C: CODE ***
	// S: 200 thank you
	// S: 200 thank you
	// close
}
