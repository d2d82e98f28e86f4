package relay

import (
	"cmp"
	"fmt"
	"net/netip"
)

// pairAttempts bounds the search for two free ports in a row; half of all first ones are odd.
const pairAttempts = 100

// StartPair is Start for audio and the reports about it: one relay listens on an even port, the other on the next, where who is told only
// the first expects it (RFC 3550, 11). Close both.
func StartPair(rtp, rtcp netip.AddrPort, seed uint64) (audio, reports *Relay, err error) {
	if err := cmp.Or(local(rtp), local(rtcp)); err != nil {
		return nil, nil, err
	}
	for range pairAttempts {
		if audio, err = Start(rtp, seed); err != nil {
			return nil, nil, err
		}
		if port := audio.Addr().Port(); port%2 == 0 {
			if reports, err = startOn(int(port)+1, rtcp, seed+1); err == nil {
				return audio, reports, nil
			}
		}
		if err := audio.Close(); err != nil {
			return nil, nil, err
		}
	}
	return nil, nil, fmt.Errorf("relay: no two ports in a row were free: %w", err)
}
