package web

import (
	"io"
	"net/http"
	"strconv"
)

// A response is the ResponseWriter of a run. It belongs to the goroutine of the handler.
type response struct {
	run     *run
	request *http.Request
	header  http.Header // the handler's
	head    http.Header // what of it was there in WriteHeader

	code     int
	wrote    bool  // WriteHeader was called
	begun    bool  // the head was sent
	length   int64 // the Content-Length that the handler has announced; -1: none
	size     int64 // of the body, as far as it was written
	chunked  bool
	close    bool // the connection ends with the answer
	hijacked bool
	trailers []string // names that the handler has announced

	space *buffer
	buf   []byte // of the body, in space: not sent yet
}

// untilHead is how long a body may be for the server to set Content-Length itself, as net/http
// does.
const untilHead = 2 << 10

func newResponse(r *run) *response {
	return &response{run: r, request: r.request, header: http.Header{}, length: -1}
}

// Header returns the header, which the handler changes until it sends it.
func (w *response) Header() http.Header { return w.header }

// WriteHeader sets the status, or sends an answer before the answer, of a status of 1xx.
func (w *response) WriteHeader(code int) {
	switch {
	case w.hijacked:
		w.warn("WriteHeader on a connection that was hijacked")
		return
	case w.wrote:
		w.warn("superfluous WriteHeader")
		return
	case code < 100 || code > 999:
		panic("web: invalid WriteHeader code " + strconv.Itoa(code))
	case code < 200 && code != http.StatusSwitchingProtocols:
		if w.request.ProtoAtLeast(1, 1) {
			head := append(appendStatus(nil, 1, code), crlf...)
			w.run.sendBefore(string(append(appendFields(head, w.header), crlf...)))
		}
		return
	}
	w.wrote, w.code = true, code
	w.head = w.header.Clone() // what is changed from here on may be for the trailer
	if text := w.head.Get("Content-Length"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			w.warn("the Content-Length " + strconv.Quote(text) + " is malformed")
			w.head.Del("Content-Length")
			return
		}
		w.length = n
	}
}

func (w *response) warn(what string) {
	w.run.session.Loop().Logger().Warn("web: "+what, "remote", w.request.RemoteAddr)
}

// Write adds to the body. It waits for the client while too much is waiting.
func (w *response) Write(p []byte) (n int, err error) { return write(w, p) }

// WriteString is Write for a string.
func (w *response) WriteString(s string) (n int, err error) { return write(w, s) }

func write[T []byte | string](w *response, p T) (n int, err error) {
	if err := w.mayWrite(len(p)); err != nil {
		return 0, err
	}
	for n < len(p) {
		m := copy(w.room(), p[n:])
		n += m
		if err := w.took(m); err != nil {
			return n, err
		}
	}
	return n, nil
}

// ReadFrom is Write for the bytes of r. It reads straight into the buffer, or has the loop send a
// file.
func (w *response) ReadFrom(r io.Reader) (n int64, err error) {
	if err := w.mayWrite(0); err != nil {
		return 0, err
	}
	if file, part := w.fileOf(r); file != nil {
		if n, err, ok := w.sendFile(file, part); ok {
			return n, err
		}
	}
	for {
		if err := w.mayWrite(0); err != nil {
			return n, err
		}
		space := w.room()
		if w.length >= 0 {
			space = space[:min(int64(len(space)), max(1, w.length-w.size))]
		}
		m, err := r.Read(space)
		if m > 0 {
			if err := w.mayWrite(m); err != nil {
				return n, err
			}
			n += int64(m)
			if err := w.took(m); err != nil {
				return n, err
			}
		}
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
	}
}

// mayWrite counts n bytes, and looks whether they fit into the answer.
func (w *response) mayWrite(n int) error {
	if w.hijacked {
		return http.ErrHijacked
	}
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	if n > 0 && !bodyAllowed(w.code) {
		return http.ErrBodyNotAllowed
	}
	w.size += int64(n)
	if w.length >= 0 && w.size > w.length {
		return http.ErrContentLength
	}
	return nil
}

// room returns room for at least one byte.
func (w *response) room() []byte {
	if w.space == nil {
		w.space = buffers.Get().(*buffer)
		w.buf = w.space[:0]
	}
	return w.space[len(w.buf):]
}

// took says that n bytes of the space are of the body, and sends it if it is full.
func (w *response) took(n int) error {
	w.buf = w.space[:len(w.buf)+n]
	if len(w.buf) == len(w.space) || !w.begun && w.length < 0 && len(w.buf) > untilHead {
		return w.flush()
	}
	return nil
}

// Flush sends what was written.
func (w *response) Flush() { w.FlushError() }

// FlushError is Flush for [http.ResponseController]. Its error says that the connection is closed.
func (w *response) FlushError() error {
	if w.hijacked {
		return http.ErrHijacked
	}
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return w.flush()
}

// EnableFullDuplex has no effect: the body may always be read behind the beginning of the answer.
func (w *response) EnableFullDuplex() error { return nil }

// finish is called when the handler has returned.
func (w *response) finish() {
	if w.hijacked {
		w.release()
		return
	}
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	head, body := w.next(true)
	lent := w.lend(body)
	space := w.space
	w.space, w.buf = nil, nil // another answer may have it then
	// A client sees by the end of the connection that something is missing.
	whole := w.length < 0 || w.size == w.length || w.request.Method == http.MethodHead
	w.run.end(w.code, w.size, whole && !w.close, head, body, lent)
	if space != nil {
		buffers.Put(space)
	}
}

// flush sends the head, if that was not sent, and what is in the buffer.
func (w *response) flush() error {
	head, body := w.next(false)
	return w.run.send(head, body, w.lend(body))
}

// next returns the head, if that was not sent, and takes the bytes in the buffer.
func (w *response) next(last bool) (head, body []byte) {
	if !w.begun {
		head = w.makeHead(last)
	}
	return head, w.take(last)
}

// take returns what is to be sent of the buffer, which it empties.
func (w *response) take(last bool) (piece []byte) {
	buf := w.buf
	w.buf = w.buf[:0]
	if w.request.Method == http.MethodHead || !bodyAllowed(w.code) {
		return nil
	}
	if !w.chunked {
		return buf
	}
	if len(buf) > 0 {
		piece = append(strconv.AppendInt(make([]byte, 0, len(buf)+32), int64(len(buf)), 16), crlf...)
		piece = append(append(piece, buf...), crlf...)
	}
	if last {
		piece = append(appendFields(append(piece, "0\r\n"...), w.trailer()), crlf...)
	}
	return piece
}

func (w *response) release() {
	if w.space != nil {
		buffers.Put(w.space)
		w.space, w.buf = nil, nil
	}
}
