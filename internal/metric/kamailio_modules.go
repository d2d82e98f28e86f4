package metric

// The labels that several families of modules share.
var (
	kamailioDomain   = Label{Name: "domain", Help: "Name of the location table.", Bound: "location tables in kamailio.cfg"}
	kamailioTable    = Label{Name: "table", Help: "Name of the hash table.", Bound: "hash tables in kamailio.cfg"}
	kamailioNodeKeys = []Label{
		{Name: "host", Help: "Host of the node.", Bound: "DMQ nodes"},
		{Name: "port", Help: "Port of the node.", Bound: "DMQ nodes"},
		{Name: "local", Help: "Whether the node is this Kamailio itself.", Values: []string{"no", "yes"}},
	}
	kamailioRegistrationKeys = []Label{
		{Name: "id", Help: "The registration's l_uuid.", Bound: "registrations configured, up to the collector's limit"},
		{Name: "domain", Help: "Domain that Kamailio registers at.", Bound: "registrations configured, up to the collector's limit"},
	}
	kamailioPipeKeys = []Label{
		{Name: "pipe", Help: "Name of the pipe.", Bound: "pipes in use, up to the collector's limit; a script that names pipes by caller makes many"},
		{Name: "algorithm", Help: "Algorithm of the pipe in lower case.", Bound: "the algorithms of the pipelimit module, about 6"},
	}
	kamailioFrames = Label{Name: "protocol", Help: "What is spoken over the WebSocket.", Values: []string{"sip", "msrp"}}
)

// DMQStates lists the states of a DMQ node in Kamailio's words, of all versions: 6.1 says not_active where those before
// say pending or timeout.
func DMQStates() []string { return []string{"active", "pending", "timeout", "not_active", "disabled"} }

// UACStates lists the states of a registration that Kamailio keeps at another server. Online is the only one in which
// calls to it arrive; Kamailio leaves it for ongoing, for as long as an answer takes, whenever it refreshes a registration.
func UACStates() []string { return []string{"online", "ongoing", "offline", "disabled"} }

// The families of modules that kamailio_exporter emits where the module is loaded.
var (
	KamailioRegistrations = &Family{
		Name: "kamailio_registrar_registrations_total", Type: Counter,
		Labels:  []Label{{Name: "result", Help: "What the registrar did.", Values: []string{"accepted", "rejected"}}},
		Help:    "REGISTER requests that the registrar module has answered; one may add, refresh or remove contacts.",
		Emitter: KamailioExporter, Collector: "registrar", Source: "statistics registrar:accepted_regs, registrar:rejected_regs",
	}
	KamailioRegistrarDefaultExpires = kamailioGauge("kamailio_registrar_default_expires_seconds", "registrar", "statistic registrar:default_expire",
		"How long a registration lasts that asks for no time.", Seconds)
	KamailioRegistrarMaxExpires = kamailioGauge("kamailio_registrar_max_expires_seconds", "registrar", "statistic registrar:max_expires",
		"Longest time that a registration may last; absent without such a limit.", Seconds)
	KamailioRegistrarContactsLimit = kamailioGauge("kamailio_registrar_contacts_limit", "registrar", "statistic registrar:max_contacts",
		"Most contacts that one address of record may have; absent without such a limit.", None)

	KamailioUsrlocUsers = kamailioGauge("kamailio_usrloc_users", "usrloc", "statistics usrloc:*_users",
		"Addresses of record with a contact, by location table.", None, kamailioDomain)
	KamailioUsrlocContacts = kamailioGauge("kamailio_usrloc_contacts", "usrloc", "statistics usrloc:*_contacts",
		"Registered contacts, by location table.", None, kamailioDomain)
	KamailioUsrlocExpired = &Family{
		Name: "kamailio_usrloc_expired_total", Type: Counter, Labels: []Label{kamailioDomain},
		Help:    "Contacts that ran out without a refresh, by location table.",
		Emitter: KamailioExporter, Collector: "usrloc", Source: "statistics usrloc:*_expires",
	}
	KamailioRegisteredUsers = kamailioGauge("kamailio_registered_users", "usrloc", "statistic usrloc:registered_users",
		"Addresses of record with a contact in all location tables.", None)

	KamailioHtableItems = kamailioGauge("kamailio_htable_items", "htable", "RPC htable.stats",
		"Items in the hash table.", None, kamailioTable)
	KamailioHtableSlots = kamailioGauge("kamailio_htable_slots", "htable", "RPC htable.stats",
		"Slots of the hash table; many more items than slots make it slow.", None, kamailioTable)
	KamailioHtableSlotMin = kamailioGauge("kamailio_htable_slot_items_min", "htable", "RPC htable.stats",
		"Items in the emptiest slot of the hash table.", None, kamailioTable)
	KamailioHtableSlotMax = kamailioGauge("kamailio_htable_slot_items_max", "htable", "RPC htable.stats",
		"Items in the fullest slot of the hash table.", None, kamailioTable)

	KamailioDMQNodeUp = kamailioGauge("kamailio_dmq_node_up", "dmq", "RPC dmq.list_nodes",
		"Whether Kamailio sends to the DMQ node (1: active) or not (0).", None, kamailioNodeKeys...)
	KamailioDMQNodeState = kamailioGauge("kamailio_dmq_node_state", "dmq", "RPC dmq.list_nodes",
		"State of the DMQ node: 1 for the state that applies, 0 for the others.", None,
		kamailioNodeKeys[0], kamailioNodeKeys[1], kamailioNodeKeys[2],
		Label{Name: "state", Help: "Kamailio's word for the node's state.", Values: DMQStates()})
	KamailioDMQNodeFailures = &Family{
		Name: "kamailio_dmq_node_failures", Type: Gauge, Labels: kamailioNodeKeys,
		Help:    "Messages in a row that the DMQ node did not answer.",
		Emitter: KamailioExporter, Collector: "dmq", Source: "RPC dmq.list_nodes", Since: "6.1",
	}

	KamailioUACRegistrations = kamailioGauge("kamailio_uac_registrations", "uac", "RPC uac.reg_dump",
		"Registrations that Kamailio keeps at other servers, by state.", None,
		Label{Name: "state", Help: "State of the registration.", Values: UACStates()})
	KamailioUACRegistrationUp = kamailioGauge("kamailio_uac_registration_up", "uac", "RPC uac.reg_dump",
		"Whether the registration at another server holds (1: online) or not (0); it is 0 for the moment of each refresh, too.", None, kamailioRegistrationKeys...)
	KamailioUACRegistrationState = kamailioGauge("kamailio_uac_registration_state", "uac", "RPC uac.reg_dump",
		"State of the registration at another server: 1 for the state that applies, 0 for the others.", None,
		kamailioRegistrationKeys[0], kamailioRegistrationKeys[1],
		Label{Name: "state", Help: "State of the registration.", Values: UACStates()})
	KamailioUACRegistrationExpires = kamailioGauge("kamailio_uac_registration_expires_timestamp_seconds", "uac", "RPC uac.reg_dump",
		"When the registration at another server ends unless it is refreshed, as seconds since 1970; only while it holds.", Seconds, kamailioRegistrationKeys...)

	KamailioPikeBlocked   = kamailioCounter("kamailio_pike_blocked_total", "pike", "pike:blocked_ips", "Times that the pike module blocked an address.")
	KamailioPikeAddresses = kamailioGauge("kamailio_pike_addresses", "piketop", "RPC pike.top",
		"Addresses that the pike module follows, by how much they send.", None,
		Label{Name: "status", Help: "Kamailio's word in lower case; hot ones are blocked.", Values: []string{"warm", "hot", "all", "other"}})

	KamailioPipeRequests = kamailioGauge("kamailio_pipelimit_requests", "pipelimit", "RPC pl.list",
		"Requests that entered the pipe in the last complete interval.", None, kamailioPipeKeys...)
	KamailioPipeLimit = kamailioGauge("kamailio_pipelimit_limit", "pipelimit", "RPC pl.list",
		"Limit of the pipe in the unit of its algorithm: requests an interval for taildrop and red.", None, kamailioPipeKeys...)

	KamailioMqueueSize = &Family{
		Name: "kamailio_mqueue_size", Type: Gauge,
		Labels:  []Label{{Name: "queue", Help: "Name of the queue.", Bound: "queues in kamailio.cfg"}},
		Help:    "Items that wait in the queue.",
		Emitter: KamailioExporter, Collector: "mqueue", Source: "RPC mqueue.get_sizes", Since: "5.5",
	}

	KamailioWebsocketConnections = kamailioGauge("kamailio_websocket_connections", "websocket", "statistics websocket:ws_*_current_connections",
		"Open WebSocket connections.", None, kamailioFrames)
	KamailioWebsocketPeak = kamailioGauge("kamailio_websocket_connections_peak", "websocket", "statistics websocket:ws_*_max_concurrent_connections",
		"Most WebSocket connections that were ever open at once since the start.", None, kamailioFrames)
	KamailioWebsocketHandshakes = &Family{
		Name: "kamailio_websocket_handshakes_total", Type: Counter, Labels: []Label{kamailioFrames},
		Help:    "WebSocket handshakes that succeeded.",
		Emitter: KamailioExporter, Collector: "websocket", Source: "statistics websocket:ws_*_successful_handshakes",
	}
	KamailioWebsocketHandshakeFailures = kamailioCounter("kamailio_websocket_handshake_failures_total", "websocket", "websocket:ws_failed_handshakes", "WebSocket handshakes that failed.")
	KamailioWebsocketFailures          = &Family{
		Name: "kamailio_websocket_connection_failures_total", Type: Counter, Labels: []Label{kamailioFrames},
		Help:    "WebSocket connections that broke.",
		Emitter: KamailioExporter, Collector: "websocket", Source: "statistics websocket:ws_*_failed_connections",
	}
	KamailioWebsocketCloses = &Family{
		Name: "kamailio_websocket_closes_total", Type: Counter,
		Labels:  []Label{kamailioFrames, {Name: "side", Help: "Who closed the connection.", Values: []string{"local", "remote"}}},
		Help:    "WebSocket connections that were closed in good order.",
		Emitter: KamailioExporter, Collector: "websocket", Source: "statistics websocket:ws_*_local_closed_connections, websocket:ws_*_remote_closed_connections",
	}
	KamailioWebsocketFrames = &Family{
		Name: "kamailio_websocket_frames_total", Type: Counter,
		Labels:  []Label{kamailioFrames, {Name: "direction", Help: "Seen from Kamailio.", Values: []string{"received", "transmitted"}}},
		Help:    "WebSocket frames.",
		Emitter: KamailioExporter, Collector: "websocket", Source: "statistics websocket:ws_*_received_frames, websocket:ws_*_transmitted_frames",
	}

	KamailioDNSFailures = kamailioCounter("kamailio_dns_failed_requests_total", "dns", "dns:failed_dns_request", "DNS queries of Kamailio that failed.")
	KamailioDNSSlow     = kamailioCounter("kamailio_dns_slow_requests_total", "dns", "dns:slow_dns_request", "DNS queries of Kamailio that took longer than dns_slow_query_ms.")

	KamailioMySQLErrors = kamailioCounter("kamailio_mysql_driver_errors_total", "mysql", "mysql:driver_errors", "Errors that the MySQL driver gave to Kamailio.")

	KamailioProfileSize = kamailioGauge("kamailio_dialog_profile_size", "profiles", "RPC dlg.profile_get_size",
		"Calls in the dialog profile.", None,
		Label{Name: "profile", Help: "Name of the profile.", Bound: "profiles named by --kamailio.dialog-profiles"},
		Label{Name: "value", Help: "Value within the profile, or empty for all.", Bound: "values named by --kamailio.dialog-profiles"})
)

// kamailioModules lists the families of this file.
func kamailioModules() []*Family {
	return []*Family{
		KamailioRegistrations, KamailioRegistrarDefaultExpires, KamailioRegistrarMaxExpires, KamailioRegistrarContactsLimit,
		KamailioUsrlocUsers, KamailioUsrlocContacts, KamailioUsrlocExpired, KamailioRegisteredUsers,
		KamailioHtableItems, KamailioHtableSlots, KamailioHtableSlotMin, KamailioHtableSlotMax,
		KamailioDMQNodeUp, KamailioDMQNodeState, KamailioDMQNodeFailures,
		KamailioUACRegistrations, KamailioUACRegistrationUp, KamailioUACRegistrationState, KamailioUACRegistrationExpires,
		KamailioPikeBlocked, KamailioPikeAddresses,
		KamailioPipeRequests, KamailioPipeLimit,
		KamailioMqueueSize,
		KamailioWebsocketConnections, KamailioWebsocketPeak, KamailioWebsocketHandshakes, KamailioWebsocketHandshakeFailures,
		KamailioWebsocketFailures, KamailioWebsocketCloses, KamailioWebsocketFrames,
		KamailioDNSFailures, KamailioDNSSlow, KamailioMySQLErrors,
		KamailioProfileSize,
	}
}
