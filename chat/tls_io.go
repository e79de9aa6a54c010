package chat

import (
	"io"
	"sync"
)

// cipherPart is how much of the loop's buffer is for what comes from the peer; the rest is for what
// crypto/tls makes of it.
const cipherPart = 32 << 10

// receive makes one read, and lets crypto/tls have what it brought.
func (s *secure) receive() {
	c := s.c
	if s.away() {
		s.listen()
		return
	}
	buf := c.conn.Loop().ReadBuffer()[:cipherPart]
	front := copy(buf, s.held)
	if front < len(s.held) { // reading was paused
		s.decrypt()
		return
	}
	n, err := c.recv(buf[front:])
	c.countRead(n)
	switch {
	case err == io.EOF:
		s.eof = true
		c.updateWant()
	case err != nil && s.shake != nil:
		c.close(c.whyBroken(err))
		return
	case err != nil:
		c.breakOutput(err)
		s.eof = true
		c.updateWant()
	case n == 0:
		return
	}
	in := buf[:front+n]
	s.held = s.held[:0]
	if s.shake != nil {
		s.step(in)
		return
	}
	s.in = in
	s.decrypt()
}

// decrypt delivers what crypto/tls makes of the input, for as long as the handler wants it.
func (s *secure) decrypt() {
	c := s.c
	if len(s.in) == 0 {
		s.in, s.held = s.held, nil
	}
	s.dry = s.dry && len(s.in) == 0
	buf, plain := c.conn.Loop().ReadBuffer()[cipherPart:], 0
	useless := -int(s.taken.records) // records of which no data comes
	for c.mayDeliver() && !c.inputHas(rescan) && c.life.in == inOpen {
		front := c.copyHeld(buf[:smallHeld])
		n, err := s.conn.Read(buf[smallHeld:])
		s.dry = n == 0
		plain += n
		if n > 0 {
			useless--
			c.noteInput()
			c.tapBytes(DirectionReceived, buf[smallHeld:smallHeld+n])
			c.take(buf[smallHeld-front:smallHeld+n], front)
		}
		if err != nil {
			s.ended(err)
		}
		if n == 0 {
			break
		}
		s.boundAnswers()
		if useless+int(s.taken.records) > c.settings.ElementsPerTurn/uselessRecord {
			c.yieldTurn()
		}
	}
	if c.life.phase == closed {
		return
	}
	s.held, s.in = keepRest(s.held, s.in), nil
	n := s.begun()
	c.came(plain + n - s.known) // what has brought nothing after all counts no more
	s.known = n
}

// boundAnswers stops the input when what crypto/tls says by itself is not taken: a peer may ask it
// to, as often as it likes. Without a high-water mark MaxOutput bounds it, beside what may be
// encrypted.
func (s *secure) boundAnswers() {
	c := s.c
	if s.wire.High() {
		c.transmitWire()
		c.throttle()
	}
	if limit := c.settings.MaxOutput; limit > 0 && s.wire.Len() > limit+maxWire {
		c.close(ErrSlowReader)
	}
}

// begun returns how much has come that is not decrypted.
func (s *secure) begun() int { return len(s.held) + int(s.taken.got) }

// ended deals with an error of crypto/tls.
func (s *secure) ended(err error) {
	c := s.c
	switch {
	case err == errWouldBlock{}:
	case err == io.EOF, s.eof:
		if err != io.EOF {
			c.setLifeBits(tlsTruncated)
		}
		c.readEnded()
		c.updateWant()
	default:
		c.transmitWire() // an alert
		c.close(err)
	}
}

// keepRest returns what is left of the input, in memory of its own.
func keepRest(held, rest []byte) []byte {
	if len(rest) == 0 {
		if cap(held) > smallHeld {
			return nil
		}
		return held[:0]
	}
	return append(held[:0], rest...)
}

const (
	tlsRecord = 16 << 10 // bytes of plain text in a full record
	maxWire   = 64 << 10 // encrypted, and not taken by the system: no more is encrypted then
)

var records = sync.Pool{New: func() any { return new([tlsRecord]byte) }}

// Send encrypts v, as much of it as the wire has room for.
func (s *secure) Send(v [][]byte) (int, error) {
	n, err := s.encrypt(v)
	if n > 0 {
		s.c.noteSent()
	}
	s.c.tapSent(v, n)
	return n, err
}

// encrypt lets small pieces share a record.
func (s *secure) encrypt(v [][]byte) (total int, err error) {
	record := records.Get().(*[tlsRecord]byte)
	defer records.Put(record)
	filled := 0
	flush := func() error {
		_, err := s.conn.Write(record[:filled])
		total += filled
		filled = 0
		return err
	}
	for _, p := range v {
		for len(p) > 0 && s.wire.Len() < maxWire {
			if filled == 0 && len(p) >= tlsRecord {
				if _, err := s.conn.Write(p[:tlsRecord]); err != nil {
					return total, err
				}
				total += tlsRecord
				p = p[tlsRecord:]
				continue
			}
			n := copy(record[filled:], p)
			filled += n
			if p = p[n:]; filled == tlsRecord {
				if err := flush(); err != nil {
					return total, err
				}
			}
		}
	}
	if filled > 0 {
		err = flush()
	}
	return total, err
}

// endOutput says that we send no more, and reports whether the peer has been told.
func (s *secure) endOutput() bool {
	if !s.closed {
		s.closed = true
		// An error means that there was no handshake, or that the connection is broken.
		s.conn.CloseWrite()
		s.c.transmitWire()
	}
	return s.wire.Empty()
}
