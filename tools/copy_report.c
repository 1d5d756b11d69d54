/* SPDX-License-Identifier: MIT */
/*
 * What haul copy says at its end: the reason if not all was copied, and a
 * line or a JSON object with the figures.
 */
#include "copy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool copy_fail(struct copy *copy, enum tool_status status, const char *file, const char *reason)
{
	if (status > copy->status)
		copy->status = status;
	if (!*copy->error)
		snprintf(copy->error, sizeof copy->error, "%s: %s", file, reason);
	tool_error(copy->name, file, "%s", reason);
	return false;
}

/* Holes of the source are part of what was copied. */
static uint64_t bytes_copied(const struct transfer *transfer)
{
	return transfer->copied + transfer->skipped;
}

/* Why the transfer ended, and which file is to blame. */
static const char *cause_format(const struct copy *copy, const char **file, char text[256])
{
	const struct transfer *transfer = &copy->transfer;

	*file = copy->source;
	switch (transfer->end) {
	case TRANSFER_TRUNCATED:
		return "truncated while copying";
	case TRANSFER_SOURCE:
		snprintf(text, 256, "cannot be mapped: %s", strerror(transfer->error));
		return text;
	case TRANSFER_FULL:
		*file = copy->destination;
		return strerror(transfer->error);
	case TRANSFER_MEMORY:
		return "no memory to list one more unreadable range";
	case TRANSFER_WHOLE:
	case TRANSFER_STOPPED:
		break;
	}
	return "partly unreadable";
}

static void unreadable_format(const struct transfer *transfer, char *text, size_t length)
{
	*text = '\0';
	if (transfer->unreadable_count == 0)
		return;
	snprintf(text, length, ", %" PRIu64 " unreadable in %zu %s, the first at byte %" PRIu64,
		 transfer->lost, transfer->unreadable_count,
		 transfer->unreadable_count == 1 ? "range" : "ranges",
		 transfer->unreadable[0].offset);
}

void copy_judge(struct copy *copy)
{
	const struct transfer *transfer = &copy->transfer;
	uint64_t done = bytes_copied(transfer);
	char cause[256], unreadable[128], reason[512];
	const char *file, *why;

	if (transfer->end == TRANSFER_WHOLE && transfer->lost == 0)
		return;
	why = cause_format(copy, &file, cause);
	unreadable_format(transfer, unreadable, sizeof unreadable);
	snprintf(reason, sizeof reason, "%s: %" PRIu64 " of %" PRIu64 " bytes copied%s", why, done,
		 transfer->size, unreadable);
	copy_fail(copy, done ? TOOL_PARTLY : TOOL_FAILED, file, reason);
}

static const char *fault_name(enum haul_fault_kind kind)
{
	switch (kind) {
	case HAUL_FAULT_NONE:
		return "none";
	case HAUL_FAULT_UNMAPPED:
		return "unmapped";
	case HAUL_FAULT_PROTECTION:
		return "protection";
	case HAUL_FAULT_BUS:
		return "bus";
	case HAUL_FAULT_POISON:
		return "poison";
	case HAUL_FAULT_NONCANONICAL:
		return "noncanonical";
	case HAUL_FAULT_PKEY:
		return "pkey";
	case HAUL_FAULT_TAG:
		return "tag";
	case HAUL_FAULT_OTHER:
		break;
	}
	return "other";
}

static json_t *unreadable_json(const struct transfer *transfer)
{
	json_t *list = json_array();

	for (size_t i = 0; i < transfer->unreadable_count; i++) {
		const struct unreadable *range = &transfer->unreadable[i];

		json_array_append_new(list, json_pack("{sI sI ss si si sb}", "offset",
						      (json_int_t)range->offset, "length",
						      (json_int_t)range->length, "fault",
						      fault_name(range->fault.kind), "signo",
						      range->fault.signo, "code", range->fault.code,
						      "addr_valid", range->fault.addr_valid));
	}
	return list;
}

static const char *status_name(enum tool_status status)
{
	switch (status) {
	case TOOL_DONE:
		return "complete";
	case TOOL_PARTLY:
		return "partial";
	case TOOL_FAILED:
		break;
	}
	return "failed";
}

static void report_json(struct copy *copy)
{
	const struct transfer *transfer = &copy->transfer;
	json_t *map = copy->map ? tool_json_string(copy->map) : json_null();
	json_t *error = *copy->error ? tool_json_string(copy->error) : json_null();
	json_t *object = json_pack(
		"{ss so so so so sI sI sI sI sI sI so sf}", "status", status_name(copy->status),
		"error", error, "source", tool_json_string(copy->source), "destination",
		tool_json_string(copy->destination), "map", map, "size_at_start",
		(json_int_t)transfer->size, "size_at_end", (json_int_t)copy->size_at_end,
		"ended_at", (json_int_t)transfer->ended_at, "bytes_copied",
		(json_int_t)bytes_copied(transfer), "bytes_in_holes", (json_int_t)transfer->skipped,
		"bytes_unreadable", (json_int_t)transfer->lost, "unreadable",
		unreadable_json(transfer), "seconds", copy->seconds);

	if (!tool_json_print(object))
		copy_fail(copy, TOOL_PARTLY, "standard output", strerror(ENOMEM));
}

static void report_text(const struct copy *copy)
{
	const struct transfer *transfer = &copy->transfer;
	char rate[TOOL_SIZE_TEXT];

	printf("%s: %" PRIu64 " of %" PRIu64 " bytes copied, %" PRIu64 " of them in holes, %" PRIu64
	       " unreadable; %.2f s, %s/s\n",
	       copy->source, bytes_copied(transfer), transfer->size, transfer->skipped,
	       transfer->lost, copy->seconds,
	       tool_size_format(rate, (double)transfer->copied / copy->seconds));
	if (copy->size_at_end > transfer->size)
		printf("%s: has grown to %" PRIu64 " bytes meanwhile; what it was is copied\n",
		       copy->source, copy->size_at_end);
}

void copy_report(struct copy *copy)
{
	if (copy->json)
		report_json(copy);
	else if (copy->status != TOOL_FAILED)
		report_text(copy);
}
