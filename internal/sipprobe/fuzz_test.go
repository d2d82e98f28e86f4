package sipprobe

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// What a server writes into its description must not break anything, and where it is taken it must be complete.
func FuzzReadSession(f *testing.F) {
	for _, seed := range []string{
		"", "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0 8\r\na=sendonly\r\na=rtcp:4005 IN IP4 192.0.2.2\r\n",
		"v=0\nm=video 1 RTP/AVP 0\nm=audio 2/2 RTP/AVPF 8\nc=IN IP6 2001:db8::1/3\nm=audio 9 RTP/AVP 0\n", "m=audio 70000 RTP/AVP 0\r\nc=IN IP4 1.2.3.4",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := readSession([]byte(text))
		if err != nil {
			if outcomeOf(err) != FailSDP {
				t.Errorf("outcome %s", outcomeOf(err))
			}
			return
		}
		if !s.addr.IsValid() || s.addr.IsMulticast() || s.port == 0 || s.rtcpPort == 0 && s.port != 65535 || (s.payload != pcmu && s.payload != pcma) || opposite(s.direction) == "" {
			t.Errorf("%q was taken for %+v", text, s)
		}
	})
}

// Whatever comes on the audio ports, the report must add up.
func FuzzAudio(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3}, []byte{0x81, 201, 0, 7, 0, 0, 0, 1})
	f.Add([]byte{0x80, 8, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 1}, []byte{0x80, 200, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, audio, report []byte) {
		now := time.Unix(1e9, 0)
		m := &media{now: func() time.Time { return now }, highest: -1, tell: make(chan struct{}, 1), ssrc: 1}
		for range 3 {
			m.sentAt, m.backAt = append(m.sentAt, now), append(m.backAt, time.Time{})
			m.hear(audio, now)
			m.hearReport(report)
		}
		r := m.settle(now, false)
		if r.Sent != 3 || r.Echoed > r.Sent || r.Received < r.Echoed || (r.Loss == nil) != (r.Echoed == 0) {
			t.Errorf("%+v", r)
		}
		for what, share := range map[string]*float64{"loss": r.Loss, "out": r.OutLoss, "in": r.InLoss} {
			if share != nil && !(*share >= 0 && *share <= 1) {
				t.Errorf("%s: %v", what, *share)
			}
		}
		_ = m.stream.block()
	})
}

// Whatever a server sends, in datagrams or on a stream, is read without a panic, and what it wrote is in no error.
func FuzzMessages(f *testing.F) {
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKa\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"), true)
	f.Add([]byte("SIP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhelloSIP/2.0 404"), false)
	f.Add([]byte("\r\n\r\n"), true)
	const inDialog = " sip:probe@x SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKa;rport\r\nFrom: <sip:a@b>;tag=far\r\nTo: <sip:a@b>;tag=near\r\nCall-ID: ours\r\n"
	for _, method := range []string{"BYE", "INVITE", "ACK", "UPDATE", "REFER", "CANCEL"} {
		request := method + inDialog + "CSeq: 7 " + method + "\r\nContent-Length: 0\r\n\r\n"
		f.Add([]byte(request+request), false)
	}
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=near\r\nTo: <sip:a@b>;tag=far2\r\nCall-ID: ours\r\nCSeq: 1 INVITE\r\nContact: <sip:c>\r\nRecord-Route: <sip:d;lr>\r\nContent-Length: 0\r\n\r\n"), true)
	f.Add([]byte("OPTIONS sip:%zz SIP/2.0\r\nFrom: <\r\n\r\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, framed bool) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		transport := TCP
		if framed {
			transport = UDP
		}
		l := newLink(ours, transport, time.Now)
		defer func() { _ = l.close() }()
		c := newConversation(New(Config{Now: time.Now}), Probe{Host: "x"}, l)
		c.callID, c.tag = "ours", "near"
		k := &call{conversation: c, media: &media{advertise: netip.MustParseAddr("127.0.0.1")}}
		invite := c.request(sip.INVITE, c.uri("echo"), "")
		k.invite = &transaction{req: invite}
		c.active = []*transaction{k.invite}
		k.dialogs = []*dialog{newDialog(sip.NewResponse(200, "OK"), "far", invite)}
		c.requests, c.late = k.asked, k.answeredLate
		for _, part := range [][]byte{data[:len(data)/2], data[len(data)/2:]} {
			messages, err := l.messages(packet{data: part})
			if err != nil && err.Error() != errMalformed.Error() {
				t.Errorf("error %q", err)
			}
			for _, m := range messages {
				c.dispatch(t.Context(), m, time.Now())
			}
		}
	})
}
