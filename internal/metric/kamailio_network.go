package metric

// The labels of RTP relays and of Kamailio's own sockets.
var (
	kamailioRelayKeys = []Label{
		{Name: "url", Help: "Control address of the relay as configured.", Bound: "relays configured"},
		{Name: "set", Help: "Set that the relay is in; one relay may be in several.", Bound: "sets of relays configured"},
	}
	kamailioListener = Label{Name: "listener", Help: "Protocol, address and port that Kamailio listens on, such as udp:192.0.2.1:5060.", Bound: "listen lines in kamailio.cfg"}
)

// The families of kamailio_exporter about RTP relays, sockets and certificates.
var (
	KamailioRTPEngineUp = kamailioGauge("kamailio_rtpengine_up", "rtpengine", "RPC rtpengine.show",
		"Whether Kamailio would use the RTPEngine (1) or not, because it does not answer or was switched off (0).", None, kamailioRelayKeys...)
	KamailioRTPEngineDisabled = kamailioGauge("kamailio_rtpengine_disabled", "rtpengine", "RPC rtpengine.show",
		"Whether an operator has switched the RTPEngine off in Kamailio (1) or not (0).", None, kamailioRelayKeys...)
	KamailioRTPEngineWeight = kamailioGauge("kamailio_rtpengine_weight", "rtpengine", "RPC rtpengine.show",
		"Weight of the RTPEngine in its set.", None, kamailioRelayKeys...)

	KamailioRTPProxyUp = kamailioGauge("kamailio_rtpproxy_up", "rtpproxy", "RPC rtpproxy.list",
		"Whether Kamailio would use the RTPProxy (1) or not, because it does not answer or was switched off (0).", None, kamailioRelayKeys...)
	KamailioRTPProxyWeight = kamailioGauge("kamailio_rtpproxy_weight", "rtpproxy", "RPC rtpproxy.list",
		"Weight of the RTPProxy in its set.", None, kamailioRelayKeys...)

	KamailioUDPReceiveQueue = kamailioGauge("kamailio_udp_socket_rx_queue_bytes", "sockets", "sock_diag(7), or /proc/net/udp and /proc/net/udp6",
		"Received packets that wait in the kernel for a Kamailio worker; growth means that all workers are busy or stuck.", Bytes, kamailioListener)
	KamailioUDPDrops = &Family{
		Name: "kamailio_udp_socket_drops_total", Type: Counter, Labels: []Label{kamailioListener},
		Help:    "Received packets that the kernel dropped because the socket's queue was full.",
		Emitter: KamailioExporter, Collector: "sockets", Source: "sock_diag(7), or /proc/net/udp and /proc/net/udp6",
	}

	KamailioCertificateExpiry = kamailioGauge("kamailio_tls_certificate_not_after_timestamp_seconds", "certificates", "TLS handshake with the listeners of RPC core.sockets_list",
		"End of a certificate that a TLS listener presents, as seconds since 1970.", Seconds, kamailioListener,
		Label{Name: "subject", Help: "Common name of the certificate, or its first DNS name.", Bound: "certificates in the chain of a listener"})

	KamailioTCPConnectionsByState = kamailioGauge("kamailio_tcp_connections_by_state", "tcplist", "RPC core.tcp_list",
		"Open TCP connections by what is spoken over them and by state.", None,
		Label{Name: "type", Help: "Protocol in lower case: tcp, tls, ws or wss.", Bound: "the protocols of Kamailio, about 4"},
		Label{Name: "state", Help: "Kamailio's word in lower case without conn_: ok, accept, connect, pending, eof, error, bad, init.", Bound: "the connection states of Kamailio, about 8"})
)

// kamailioNetwork lists the families of this file.
func kamailioNetwork() []*Family {
	return []*Family{
		KamailioRTPEngineUp, KamailioRTPEngineDisabled, KamailioRTPEngineWeight,
		KamailioRTPProxyUp, KamailioRTPProxyWeight,
		KamailioUDPReceiveQueue, KamailioUDPDrops,
		KamailioCertificateExpiry, KamailioTCPConnectionsByState,
	}
}
