package metric

var (
	asteriskEndpoint     = Label{Name: "endpoint", Help: "Name of the PJSIP endpoint.", Bound: "endpoints configured, up to the collector's limit"}
	asteriskAOR          = Label{Name: "aor", Help: "Name of the address of record.", Bound: "addresses of record configured, up to the collector's limit"}
	asteriskRegistration = Label{Name: "registration", Help: "Name of the outbound registration.", Bound: "registrations configured"}
)

// AsteriskContactStates lists what PJSIP knows of a contact.
func AsteriskContactStates() []string {
	return []string{"reachable", "unreachable", "unqualified", "unknown", "removed", "created", "updated"}
}

// The families of asterisk_exporter about PJSIP.
var (
	AsteriskEndpoints = asteriskGauge("asterisk_pjsip_endpoints", "endpoints", "AMI PJSIPShowEndpoints, DeviceState",
		"PJSIP endpoints by state.", None,
		Label{Name: "state", Help: "State of the endpoint's device, for example not_in_use or unavailable.", Bound: "device states of Asterisk, 9"})
	AsteriskEndpointUp = asteriskGauge("asterisk_pjsip_endpoint_up", "endpoints", "AMI PJSIPShowEndpoints, DeviceState",
		"Whether a PJSIP endpoint has a contact that is not known to be unreachable (1) or is unavailable (0).", None, asteriskEndpoint)
	AsteriskEndpointChannels = asteriskSince("22", asteriskGauge("asterisk_pjsip_endpoint_channels", "endpoints", "AMI PJSIPShowEndpoints, ActiveChannels",
		"Channels of a PJSIP endpoint.", None, asteriskEndpoint))

	AsteriskContacts = asteriskGauge("asterisk_pjsip_contacts", "contacts", "AMI PJSIPShowContacts, and PJSIPShowEndpoint for those configured",
		"PJSIP contacts, registered and configured ones, by what is known of them.", None,
		Label{Name: "state", Help: "What the last qualification found; unqualified ones are not asked.", Values: AsteriskContactStates()})
	AsteriskAORContacts = asteriskGauge("asterisk_pjsip_aor_contacts", "contacts", "AMI PJSIPShowContacts, and PJSIPShowEndpoint for those configured",
		"Contacts of an address of record that are not known to be unreachable.", None, asteriskAOR)
	AsteriskAORRoundTrip = asteriskGauge("asterisk_pjsip_aor_round_trip_seconds", "contacts", "AMI RoundtripUsec",
		"Longest round-trip time among the reachable contacts of an address of record, in seconds, as the last qualification found it.", Seconds, asteriskAOR)
	AsteriskContactsSkipped = asteriskGauge("asterisk_pjsip_endpoints_not_asked", "contacts", "the exporter",
		"Endpoints with configured contacts that this scrape did not ask about because there are more than it asks about; no series where it asked about all.", None)

	AsteriskRegistrations = asteriskGauge("asterisk_pjsip_outbound_registrations", "registrations", "AMI PJSIPShowRegistrationsOutbound, Status",
		"Outbound registrations by state.", None,
		Label{Name: "state", Help: "For example registered, unregistered, rejected or stopped.", Bound: "registration states of Asterisk, 9"})
	AsteriskRegistrationUp = asteriskGauge("asterisk_pjsip_outbound_registration_up", "registrations", "AMI PJSIPShowRegistrationsOutbound, Status",
		"Whether an outbound registration stands (1) or not (0).", None, asteriskRegistration)
	AsteriskRegistrationNext = asteriskGauge("asterisk_pjsip_outbound_registration_next_seconds", "registrations", "AMI PJSIPShowRegistrationsOutbound, NextReg",
		"Seconds until an outbound registration is sent again. Absent while that is not planned.", Seconds, asteriskRegistration)
)

func asteriskPJSIP() []*Family {
	return []*Family{
		AsteriskEndpoints, AsteriskEndpointUp, AsteriskEndpointChannels,
		AsteriskContacts, AsteriskAORContacts, AsteriskAORRoundTrip, AsteriskContactsSkipped,
		AsteriskRegistrations, AsteriskRegistrationUp, AsteriskRegistrationNext,
	}
}
