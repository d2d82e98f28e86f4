package metric

// The own metrics of the services about calls, but for those that every service has alike.
var (
	CallManagerARIEventListenProcessTime = serviceHistogram(CallManager, "call_manager_ari_event_listen_process_time", Milliseconds, milliseconds(),
		"How long an event of Asterisk took to process, in milliseconds.", svcAsterisk, svcType)
	CallManagerARIEventListen = serviceCounter(CallManager, "call_manager_ari_event_listen_total",
		"Events of Asterisk received.", svcType, svcAsterisk)
	CallManagerBridgeCreate = serviceCounter(CallManager, "call_manager_bridge_create_total",
		"Bridges made.", svcReference)
	CallManagerBridgeDestroy = serviceCounter(CallManager, "call_manager_bridge_destroy_total",
		"Bridges ended.", svcReference)
	CallManagerCallActionProcessTime = serviceHistogram(CallManager, "call_manager_call_action_process_time", Milliseconds, milliseconds(),
		"How long an action of a call took, in milliseconds.", svcType)
	CallManagerCallAction = serviceCounter(CallManager, "call_manager_call_action_total",
		"Actions of calls executed.", svcType)
	CallManagerCallCreate = serviceCounter(CallManager, "call_manager_call_create_total",
		"Calls begun.", svcDirection, svcCallType)
	CallManagerCallDuration = serviceHistogram(CallManager, "call_manager_call_duration_seconds", Seconds, []float64{1, 5, 10, 30, 60, 300, 600, 1800, 3600},
		"Duration of calls from their creation on, ringing included, in seconds.", svcDirection, svcCallType)
	CallManagerCallHangup = serviceCounter(CallManager, "call_manager_call_hangup_total",
		"Calls ended by reason. Incoming ones only ever end as noanswer, busy, normal or timeout: every other failure of theirs is counted as normal.", svcDirection, svcCallType, svcHangupReason)
	CallManagerCallOutboundWhitelistRejected = serviceCounter(CallManager, "call_manager_call_outbound_whitelist_rejected_total",
		"Outgoing calls refused because the country is not allowed.", svcCountry)
	CallManagerChannelCreate = serviceCounter(CallManager, "call_manager_channel_create_total",
		"Channels of Asterisk begun.", svcDirection, svcTech)
	CallManagerChannelHangup = serviceCounter(CallManager, "call_manager_channel_hangup_total",
		"Channels ended; the reason is a number as Q.850 has them, so that 34, 38, 41, 42 and 44 are failures of the network.", svcDirection, svcType, svcCause)
	CallManagerChannelTransportDirection = serviceCounter(CallManager, "call_manager_channel_transport_direction_total",
		"Channels by transport and direction.", svcTransport, svcDirection)
	CallManagerConfbridgeClose = serviceCounter(CallManager, "call_manager_confbridge_close_total",
		"Conference bridges ended.")
	CallManagerConfbridgeCreate = serviceCounter(CallManager, "call_manager_confbridge_create_total",
		"Conference bridges made.")
	CallManagerConfbridgeDuration = serviceHistogram(CallManager, "call_manager_confbridge_duration_seconds", Seconds, []float64{1, 5, 10, 30, 60, 300, 600, 1800, 3600},
		"Duration of conference bridges, in seconds.", svcType)
	CallManagerConfbridgeJoin = serviceCounter(CallManager, "call_manager_confbridge_join_total",
		"Calls that joined a conference bridge.")
	CallManagerConferenceLeave = serviceCounter(CallManager, "call_manager_conference_leave_total",
		"Calls that left a conference.", svcType)
	CallManagerExternalMediaStart = serviceCounter(CallManager, "call_manager_external_media_start_total",
		"Media streams to the outside begun.", svcReference, svcEncapsulation)
	CallManagerExternalMediaStop = serviceCounter(CallManager, "call_manager_external_media_stop_total",
		"Media streams to the outside ended.", svcReference)
	CallManagerGroupcallCreate = serviceCounter(CallManager, "call_manager_groupcall_create_total",
		"Group calls made.")
	CallManagerOutboundConfigFetchError = serviceCounter(CallManager, "call_manager_outbound_config_fetch_error_total",
		"Settings for outgoing calls that could not be read.", svcErrorType)
	CallManagerRecordingEnd = serviceCounter(CallManager, "call_manager_recording_end_total",
		"Recordings ended.", svcReference)
	CallManagerRecordingStart = serviceCounter(CallManager, "call_manager_recording_start_total",
		"Recordings begun.", svcReference)
	ConferenceManagerConferenceClose = serviceCounter(ConferenceManager, "conference_manager_conference_close_total",
		"Conferences ended.", svcType)
	ConferenceManagerConferenceCreate = serviceCounter(ConferenceManager, "conference_manager_conference_create_total",
		"Conferences made.", svcType)
	ConferenceManagerConferenceJoin = serviceCounter(ConferenceManager, "conference_manager_conference_join_total",
		"Calls that joined a conference.", svcType)
	ConferenceManagerConferencecall = serviceCounter(ConferenceManager, "conference_manager_conferencecall_total",
		"Calls of conferences by what became of them.", svcReference, svcStatus)
	QueueManagerQueuecallAbandoned = serviceCounter(QueueManager, "queue_manager_queuecall_abandoned_total",
		"Callers who left a queue before an agent answered.")
	QueueManagerQueuecallCreate = serviceCounter(QueueManager, "queue_manager_queuecall_create_total",
		"Callers who entered a queue.")
	QueueManagerQueuecallDone = serviceCounter(QueueManager, "queue_manager_queuecall_done_total",
		"Queue calls done.")
	QueueManagerQueuecallWaitingDuration = serviceHistogram(QueueManager, "queue_manager_queuecall_waiting_duration_seconds", Seconds, []float64{1, 5, 10, 30, 60, 120, 300, 600},
		"How long callers waited in a queue, in seconds. There is no bound at 20 s, so that a promise of 20 s cannot be measured.")
	RegistrarManagerExtensionCreate = serviceCounter(RegistrarManager, "registrar_manager_extension_create_total",
		"Extensions made.")
	RegistrarManagerExtensionDelete = serviceCounter(RegistrarManager, "registrar_manager_extension_delete_total",
		"Extensions removed.")
	RegistrarManagerTrunkCreate = serviceCounter(RegistrarManager, "registrar_manager_trunk_create_total",
		"Trunks made.")
	RegistrarManagerTrunkDelete = serviceCounter(RegistrarManager, "registrar_manager_trunk_delete_total",
		"Trunks removed.")
	TranscribeManagerARIEventListenProcessTime = serviceHistogram(TranscribeManager, "transcribe_manager_ari_event_listen_process_time", Milliseconds, milliseconds(),
		"How long an event of Asterisk took to process, in milliseconds.", svcAsterisk, svcType)
	TranscribeManagerARIEventListen = serviceCounter(TranscribeManager, "transcribe_manager_ari_event_listen_total",
		"Events of Asterisk received.", svcType, svcAsterisk)
	TranscribeManagerTranscribeCreate = serviceCounter(TranscribeManager, "transcribe_manager_transcribe_create_total",
		"Transcriptions begun.", svcType)
	TranscribeManagerTranscriptTranscriptCreate = serviceCounter(TranscribeManager, "transcribe_manager_transcript_transcript_create_total",
		"Lines of transcriptions made.", svcType)
	SentinelManagerPodStateChange = serviceCounter(SentinelManager, "sentinel_manager_pod_state_change_total",
		"Changes of state of watched pods.", svcNamespace, svcPod, svcState)
	CampaignManagerCampaignCreate = serviceCounter(CampaignManager, "campaign_manager_campaign_create_total",
		"Campaigns made.")
	CampaignManagerCampaignExecute = serviceCounter(CampaignManager, "campaign_manager_campaign_execute_total",
		"Rounds of campaigns executed.")
	CampaignManagerCampaignStatusRun = serviceCounter(CampaignManager, "campaign_manager_campaign_status_run_total",
		"Campaigns set to run.")
	CampaignManagerCampaignStatusStop = serviceCounter(CampaignManager, "campaign_manager_campaign_status_stop_total",
		"Campaigns set to stop.")
	CampaignManagerCampaigncallCreate = serviceCounter(CampaignManager, "campaign_manager_campaigncall_create_total",
		"Calls of campaigns begun.", svcReference)
	CampaignManagerCampaigncallDone = serviceCounter(CampaignManager, "campaign_manager_campaigncall_done_total",
		"Calls of campaigns done by result.", svcResult)
)

// voipbinVoice lists the families of this file.
func voipbinVoice() []*Family {
	return []*Family{
		CallManagerARIEventListenProcessTime, CallManagerARIEventListen, CallManagerBridgeCreate, CallManagerBridgeDestroy,
		CallManagerCallActionProcessTime, CallManagerCallAction, CallManagerCallCreate, CallManagerCallDuration, CallManagerCallHangup,
		CallManagerCallOutboundWhitelistRejected, CallManagerChannelCreate, CallManagerChannelHangup,
		CallManagerChannelTransportDirection, CallManagerConfbridgeClose, CallManagerConfbridgeCreate, CallManagerConfbridgeDuration,
		CallManagerConfbridgeJoin, CallManagerConferenceLeave, CallManagerExternalMediaStart, CallManagerExternalMediaStop,
		CallManagerGroupcallCreate, CallManagerOutboundConfigFetchError, CallManagerRecordingEnd, CallManagerRecordingStart,
		ConferenceManagerConferenceClose, ConferenceManagerConferenceCreate, ConferenceManagerConferenceJoin,
		ConferenceManagerConferencecall, QueueManagerQueuecallAbandoned, QueueManagerQueuecallCreate, QueueManagerQueuecallDone,
		QueueManagerQueuecallWaitingDuration, RegistrarManagerExtensionCreate, RegistrarManagerExtensionDelete,
		RegistrarManagerTrunkCreate, RegistrarManagerTrunkDelete, TranscribeManagerARIEventListenProcessTime,
		TranscribeManagerARIEventListen, TranscribeManagerTranscribeCreate, TranscribeManagerTranscriptTranscriptCreate,
		SentinelManagerPodStateChange, CampaignManagerCampaignCreate, CampaignManagerCampaignExecute, CampaignManagerCampaignStatusRun,
		CampaignManagerCampaignStatusStop, CampaignManagerCampaigncallCreate, CampaignManagerCampaigncallDone,
	}
}
