package specdoc

import "testing"

func TestSpaced(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"For": "for", "DownFor": "down for", "PrimaryReadOnly": "primary read only",
		"ManagedCPU": "managed cpu", "CPU": "cpu", "RTPLossHigh": "rtp loss high", "MediaRTPLoss": "media rtp loss", "MediaMOSLow": "media mos low",
		"Level2Share": "level2 share", "P95For": "p95 for", "AMI": "ami", "": "",
	} {
		if got := spaced(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
