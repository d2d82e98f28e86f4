package metric

// The own metrics of the services about speech and models, but for those that every service has alike.
var (
	AIManagerAICallBackstopReply = serviceCounter(AIManager, "ai_manager_aicall_backstop_reply_total",
		"Replies that a fallback gave because the model gave none.", svcResult)
	AIManagerAICallContactCaseRecreateRateLimited = serviceCounter(AIManager, "ai_manager_aicall_contact_case_recreate_rate_limited_total",
		"Contact cases that were not made again because the limit of attempts was reached.")
	AIManagerAICallCreate = serviceCounter(AIManager, "ai_manager_aicall_create_total",
		"AI calls begun.", svcReference)
	AIManagerAICallDuration = serviceHistogram(AIManager, "ai_manager_aicall_duration_seconds", Seconds, []float64{1, 5, 10, 30, 60, 300, 600, 1800, 3600},
		"Duration of AI calls, in seconds.", svcReference)
	AIManagerAICallEnd = serviceCounter(AIManager, "ai_manager_aicall_end_total",
		"AI calls ended.", svcReference)
	AIManagerAICallIdleExpired = serviceCounter(AIManager, "ai_manager_aicall_idle_expired_total",
		"AI calls that ended because nothing was said for too long.")
	AIManagerAICallInterruptAttempted = serviceCounter(AIManager, "ai_manager_aicall_interrupt_attempted_total",
		"Attempts to interrupt the voice of an AI call.", svcResult)
	AIManagerAICallStaleResponseDropped = serviceCounter(AIManager, "ai_manager_aicall_stale_response_dropped_total",
		"Answers of a model that came too late and were thrown away.", svcGuard)
	AIManagerAICallToolExecute = serviceCounter(AIManager, "ai_manager_aicall_tool_execute_total",
		"Tools that a model had executed.", svcTool)
	AIManagerAnalysisGatewayRunDuration = serviceHistogram(AIManager, "ai_manager_analysis_gateway_run_duration_seconds", Seconds, []float64{0.5, 1, 2, 5, 10, 20, 30, 60, 120},
		"How long an analysis by a model took, in seconds.", svcModel)
	AIManagerAnalysisGatewayRun = serviceCounter(AIManager, "ai_manager_analysis_gateway_run_total",
		"Analyses by a model.", svcModel)
	AIManagerConversationReplySend = serviceCounter(AIManager, "ai_manager_conversation_reply_send_total",
		"Replies sent into conversations by how that ended.", svcResult)
	AIManagerMessageCreate = serviceCounter(AIManager, "ai_manager_message_create_total",
		"Messages of AI calls by who wrote them.", svcRole)
	AIManagerMessageDeliveryStatusUpdateFailed = serviceCounter(AIManager, "ai_manager_message_delivery_status_update_failed_total",
		"Delivery states of messages that could not be stored.")
	AIManagerSummaryDone = serviceCounter(AIManager, "ai_manager_summary_done_total",
		"Summaries finished.", svcReference)
	AIManagerSummaryStart = serviceCounter(AIManager, "ai_manager_summary_start_total",
		"Summaries begun.", svcReference)
	AIManagerUnknownAITypeToolDenial = serviceCounter(AIManager, "ai_manager_unknown_ai_type_tool_denial_total",
		"Tools refused because the kind of AI is not known.")
	PipecatManagerLLMFlushExit = serviceCounter(PipecatManager, "pipecat_manager_llm_flush_exit_total",
		"Ends of the loop that empties a model's answer, by reason.", svcReason)
	PipecatManagerLLMFlushFinalizeOutcome = serviceCounter(PipecatManager, "pipecat_manager_llm_flush_finalize_outcome_total",
		"How the last part of a model's answer was handed over.", svcOutcome)
	PipecatManagerLLMIdleWatchdogFired = serviceCounter(PipecatManager, "pipecat_manager_llm_idle_watchdog_fired_total",
		"Answers of a model that stood still until the watchdog ended them.")
	PipecatManagerToolResolveFallback = serviceCounter(PipecatManager, "pipecat_manager_tool_resolve_fallback_total",
		"Tools that were found only by the fallback.")
	TTSManagerBucketUploadProcessTime = serviceHistogram(TTSManager, "tts_manager_bucket_upload_process_time", Milliseconds, []float64{50, 100, 500, 1000, 3000, 10000},
		"How long it took to store speech in the bucket, in milliseconds.")
	TTSManagerBucketURLProcessTime = serviceHistogram(TTSManager, "tts_manager_bucket_url_process_time", Milliseconds, []float64{50, 100, 500, 1000, 3000, 10000},
		"How long it took to make the address of stored speech, in milliseconds.")
	TTSManagerGCPSynthesizeDuration = serviceHistogram(TTSManager, "tts_manager_gcp_synthesize_duration_seconds", Seconds, []float64{0.05, 0.1, 0.2, 0.5, 1, 2, 5},
		"How long Google took to synthesize speech, in seconds.")
	TTSManagerHashProcessTime = serviceHistogram(TTSManager, "tts_manager_hash_process_time", Milliseconds, []float64{50, 100, 500, 1000},
		"How long it took to compute the name of a speech, in milliseconds.")
	TTSManagerSpeechCreateDuration = serviceHistogram(TTSManager, "tts_manager_speech_create_duration_seconds", Seconds, []float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10},
		"How long it took to make a speech, in seconds.")
	TTSManagerSpeechFallback = serviceCounter(TTSManager, "tts_manager_speech_fallback_total",
		"Speeches that another provider made because the first failed.", svcFromProvider)
	TTSManagerSpeechLanguage = serviceCounter(TTSManager, "tts_manager_speech_language_total",
		"Speeches by language and provider.", svcLanguage, svcProvider)
	TTSManagerSpeechRequest = serviceCounter(TTSManager, "tts_manager_speech_request_total",
		"Speeches asked for, by result.", svcResult)
	TTSManagerStreamingActive = serviceGauge(TTSManager, "tts_manager_streaming_active", None,
		"Streams of speech at work.", svcVendor)
	TTSManagerStreamingCreated = serviceCounter(TTSManager, "tts_manager_streaming_created_total",
		"Streams of speech begun.", svcVendor)
	TTSManagerStreamingDuration = serviceHistogram(TTSManager, "tts_manager_streaming_duration_seconds", Seconds, []float64{1, 5, 10, 30, 60, 120, 300},
		"Duration of streams of speech, in seconds.", svcVendor)
	TTSManagerStreamingEnded = serviceCounter(TTSManager, "tts_manager_streaming_ended_total",
		"Streams of speech ended.", svcVendor)
	TTSManagerStreamingError = serviceCounter(TTSManager, "tts_manager_streaming_error_total",
		"Streams of speech that failed.", svcVendor)
	TTSManagerStreamingLanguage = serviceCounter(TTSManager, "tts_manager_streaming_language_total",
		"Streams of speech by language and gender of the voice.", svcLanguage, svcGender)
	TTSManagerStreamingMessage = serviceCounter(TTSManager, "tts_manager_streaming_message_total",
		"Texts handed to streams of speech.")
	TimelineManagerAnalysisCompleted = serviceCounter(TimelineManager, "timeline_manager_analysis_completed_total",
		"Analyses ended, by how.", svcStatus)
	TimelineManagerAnalysisDuration = serviceHistogram(TimelineManager, "timeline_manager_analysis_duration_seconds", Seconds, []float64{1, 5, 10, 30, 60, 120, 300},
		"How long an analysis took, in seconds.")
	TimelineManagerAnalysisEnrichment = serviceCounter(TimelineManager, "timeline_manager_analysis_enrichment_total",
		"Analyses given further facts, by how that ended.", svcReference, svcOutcome)
	TimelineManagerAnalysisStarted = serviceCounter(TimelineManager, "timeline_manager_analysis_started_total",
		"Analyses begun.")
	TimelineManagerSubscribeBatchInsertTime = serviceHistogram(TimelineManager, "timeline_manager_subscribe_batch_insert_time", Milliseconds, milliseconds(),
		"How long a batch of events took to store, in milliseconds.")
	TimelineManagerSubscribeBatchSize = serviceHistogram(TimelineManager, "timeline_manager_subscribe_batch_size", None, []float64{1, 5, 10, 25, 50, 100},
		"Events in a batch.")
)

// voipbinAi lists the families of this file.
func voipbinAi() []*Family {
	return []*Family{
		AIManagerAICallBackstopReply, AIManagerAICallContactCaseRecreateRateLimited, AIManagerAICallCreate, AIManagerAICallDuration,
		AIManagerAICallEnd, AIManagerAICallIdleExpired, AIManagerAICallInterruptAttempted, AIManagerAICallStaleResponseDropped,
		AIManagerAICallToolExecute, AIManagerAnalysisGatewayRunDuration, AIManagerAnalysisGatewayRun, AIManagerConversationReplySend,
		AIManagerMessageCreate, AIManagerMessageDeliveryStatusUpdateFailed, AIManagerSummaryDone, AIManagerSummaryStart,
		AIManagerUnknownAITypeToolDenial, PipecatManagerLLMFlushExit, PipecatManagerLLMFlushFinalizeOutcome,
		PipecatManagerLLMIdleWatchdogFired, PipecatManagerToolResolveFallback, TTSManagerBucketUploadProcessTime,
		TTSManagerBucketURLProcessTime, TTSManagerGCPSynthesizeDuration, TTSManagerHashProcessTime, TTSManagerSpeechCreateDuration,
		TTSManagerSpeechFallback, TTSManagerSpeechLanguage, TTSManagerSpeechRequest, TTSManagerStreamingActive,
		TTSManagerStreamingCreated, TTSManagerStreamingDuration, TTSManagerStreamingEnded, TTSManagerStreamingError,
		TTSManagerStreamingLanguage, TTSManagerStreamingMessage, TimelineManagerAnalysisCompleted, TimelineManagerAnalysisDuration,
		TimelineManagerAnalysisEnrichment, TimelineManagerAnalysisStarted, TimelineManagerSubscribeBatchInsertTime,
		TimelineManagerSubscribeBatchSize,
	}
}
