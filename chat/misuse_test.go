package chat_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// A misspeller has callbacks of which each is wrong in its own way, and methods that are not meant
// as callbacks.
type misspeller struct {
	*chat.Channel
	chat.Collector
}

func (misspeller) FoundTerminator()     {}
func (misspeller) HandleEOF(error)      {}
func (misspeller) HandleTimout(error)   {}
func (misspeller) HandleConnected()     {}
func (misspeller) HandleTooLong()       {}
func (misspeller) HandleEof()           {}
func (*misspeller) HandleClose(error)   {}
func (misspeller) HandleLogin()         {}
func (misspeller) HandleReset()         {} // is far from HandleRest, which has an argument
func (misspeller) HandleRead()          {} // is for package core
func (misspeller) HandleMail(error)     {}
func (misspeller) HandleSecure() string { return "" }

func (*misspeller) CollectIncomingData([]byte) {}

// A byValue handler has both methods of chat.Handler by what it embeds.
type byValue struct{ chat.Handler }

func (*byValue) HandleClose(error) {}

var misspelt = []string{
	"*chat_test.misspeller has HandleConnected(), what is called is HandleConnect()",
	"*chat_test.misspeller has HandleEOF(error), what is called is HandleEOF()",
	"*chat_test.misspeller has HandleEof(), what is called is HandleEOF()",
	"*chat_test.misspeller has HandleTimout(error), what is called is HandleTimeout(error)",
}

const valueReceiver = "chat_test.byValue is used by value, " +
	"and the receiver of its HandleClose is a pointer"

// W23: the log of debugging says once for each type of handler which callbacks are never called.
func TestMisuseIsLogged(t *testing.T) {
	log := debugLog(t, 6, func(c *chat.Channel) chat.Handler {
		if c.ID()%2 == 0 {
			return byValue{newEchoHandler(c)}
		}
		return &misspeller{Channel: c}
	})
	for _, fault := range append(misspelt, valueReceiver) {
		require.Equal(t, 1, strings.Count(log, fault), "%s in\n%s", fault, log)
	}
	require.Equal(t, len(misspelt)+1, strings.Count(log, "never called"), "%s", log)
}

// debugLog returns what a server logs for debugging while some peers connect.
func debugLog(t *testing.T, peers int, h chat.NewHandler) string {
	t.Helper()
	var log bytes.Buffer
	l := chattest.Listen(t)
	level := &slog.HandlerOptions{Level: slog.LevelDebug}
	s := &chat.Server{Logger: slog.New(slog.NewTextHandler(&log, level)), Handler: h}
	require.NoError(t, s.Serve(l))
	for range peers {
		l.Dial()
	}
	return log.String()
}

// A stateOfLines has a misspelt callback, and is no handler itself.
type stateOfLines struct{}

func (*stateOfLines) HandleDrain() {}

// W23: of a Session it is the state that may have callbacks.
func TestMisuseOfASession(t *testing.T) {
	log := debugLog(t, 2, func(c *chat.Channel) chat.Handler {
		if c.ID()%2 == 0 {
			return chat.Session(terminator.Line(), func(*chat.Channel) any { return nil },
				func(any, []byte) {})(c)
		}
		return chat.Session(terminator.Line(), func(*chat.Channel) *stateOfLines { return nil },
			func(*stateOfLines, []byte) {})(c)
	})
	require.Contains(t, log, "*chat_test.stateOfLines has HandleDrain(), what is called is "+
		"HandleDrained()")
}

func newEchoHandler(c *chat.Channel) chat.Handler {
	return chat.Lines(func(c *chat.Channel, line []byte) { c.Push(line) })(c)
}

// The tables of callbacks are complete: each interface of chat and core with one exported method
// that begins with Handle is there, as the table alone knows what is misspelt.
func TestCallbacksAreListed(t *testing.T) {
	for folder, table := range map[string]string{".": "handler.go", "../core": "misuse.go",
		"../internal/inside": "misuse.go"} {
		listed, err := os.ReadFile(table)
		require.NoError(t, err)
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		found := 0
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			require.NoError(t, err)
			ast.Inspect(parsed, func(n ast.Node) bool {
				spec, ok := n.(*ast.TypeSpec)
				if !ok || strings.HasSuffix(file, "_test.go") || !spec.Name.IsExported() {
					return true
				}
				i, ok := spec.Type.(*ast.InterfaceType)
				if !ok || i.Methods.NumFields() != 1 || len(i.Methods.List[0].Names) != 1 ||
					!strings.HasPrefix(i.Methods.List[0].Names[0].Name, "Handle") {
					return true
				}
				name := spec.Name.Name
				if found++; folder != "." {
					name = filepath.Base(folder) + "." + name
				}
				_, shared := map[string]bool{"core.ConnectHandler": true, "core.ErrorHandler": true,
					"core.CloseHandler": true}[name]
				if !shared && !strings.Contains(string(listed), "TypeFor["+name+"]") {
					t.Errorf("%s is not in the table of %s", name, table)
				}
				return true
			})
		}
		require.Greater(t, found, 2, folder)
	}
}

var _ core.ReadHandler = misspeller{}
