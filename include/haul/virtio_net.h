/* SPDX-License-Identifier: MIT */
/*
 * Virtio network devices (virtio specification 1.4, section 5.1): frames in and out, over one
 * pair of queues.
 *
 * Nothing is copied by the driver.  A frame is sent from the caller's memory, in pieces;
 * frames are received into buffers that the caller has posted, and a frame that is larger
 * than a buffer lies in several (MRG_RXBUF).  The memory is the driver's until it is handed
 * back; it may be fallible.  Checksums and segmentation are left to the caller: no such
 * feature is accepted.
 *
 *     haul_virtio_net_map(&net, &buffers[i], memory[i], size);    each once
 *     haul_virtio_net_post(&net, &buffers[i]);
 *     haul_virtio_net_kick_receive(&net);                         once for many
 *     while (haul_virtio_net_receive(&net, &frame) == 1)
 *             for (; frame; frame = next) {
 *                     next = frame->next;
 *                     use(frame->data, frame->len);
 *                     haul_virtio_net_post(&net, frame);
 *             }
 *
 * Polled: call haul_virtio_net_receive and haul_virtio_net_sent now and then.  By
 * interrupts: call haul_virtio_interrupt (haul/virtio.h); for HAUL_VIRTIO_CAUSE_QUEUE call both
 * until they return 0, for HAUL_VIRTIO_CAUSE_CONFIG haul_virtio_net_link.  Interrupts of what is
 * received are asked for, of what is sent not: haul_virtqueue_enable of net->transmit.ring
 * does; haul_virtqueue_disable of net->receive.ring leaves receiving to polling, until
 * haul_virtqueue_enable, which says whether something has come meanwhile.
 *
 * Errors of all calls: -HAUL_EPROTO: the device got something wrong, device->reason says
 * what; -HAUL_EIO: it had before; -HAUL_ENODEV: it is gone; -HAUL_EINVAL: net is not open.
 * Then haul_virtio_net_close, and _open again.
 *
 * Threads: one that sends (_send, _send_wait, _sent, _kick_transmit), one that receives (_post,
 * _receive, _receive_wait, _kick_receive), one for all else; none but that one while it opens
 * or closes.  Not from signal handlers.
 */
#ifndef HAUL_VIRTIO_NET_H
#define HAUL_VIRTIO_NET_H

#include <haul/virtio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Section 5.1.3: those that are accepted. */
enum {
	HAUL_VIRTIO_NET_F_MTU = 3,
	HAUL_VIRTIO_NET_F_MAC = 5,
	HAUL_VIRTIO_NET_F_MRG_RXBUF = 15,
	HAUL_VIRTIO_NET_F_STATUS = 16
};

enum {
	HAUL_VIRTIO_NET_TYPE = 1,
	HAUL_VIRTIO_NET_HEADER = 12,   /* bytes before a frame; of a legacy device without MRG_RXBUF
					  it has 10 */
	HAUL_VIRTIO_NET_ETHERNET = 14, /* bytes of a frame beside its MTU */
	HAUL_VIRTIO_NET_VLAN = 4,      /* more, if it has a tag */
	HAUL_VIRTIO_NET_MTU = 1500,    /* if the device does not tell */
	HAUL_VIRTIO_NET_BUFFER = HAUL_VIRTIO_NET_HEADER + HAUL_VIRTIO_NET_MTU +
				 HAUL_VIRTIO_NET_ETHERNET, /* section 5.1.6.3 */
	HAUL_VIRTIO_NET_PIECES = 8,                        /* of a frame that is sent */
	HAUL_VIRTIO_NET_SEGMENTS = 16                      /* that those may come to */
};

/* Memory to be received into; the caller's, zeroed before it is mapped. */
struct haul_virtio_net_buffer {
	/* When it has been received: */
	unsigned char *data; /* the frame's bytes in it */
	size_t len;
	struct haul_virtio_net_buffer *next; /* of the same frame; NULL: none */
	bool posted;                         /* it is the driver's */

	/* internal */
	size_t taken; /* bytes that are the CPU's */
	struct haul_dma_stream stream;
};

/* A frame to be sent; the caller's. */
struct haul_virtio_net_frame {
	void *cookie; /* the caller's */
	bool busy;    /* it is the driver's; false before the first time */

	/* When it has been handed back: 0; -HAUL_ETIMEDOUT: it was in flight at a reset, and may
	 * have been sent; else what the Hal says, and its memory is mapped still
	 * (haul_dma_list_unmap of list). */
	int result;

	/* internal */
	struct haul_virtio_net_frame *next;
	struct haul_dma_list list;
	struct haul_dma_stream streams[HAUL_VIRTIO_NET_PIECES];
	struct haul_dma_segment segments[1 + HAUL_VIRTIO_NET_SEGMENTS];
};

struct haul_virtio_net_config {
	/* Private memory, zeroed before it is used the first time; as many descriptors has each
	 * queue at most. */
	struct haul_virtqueue_slot *receive_slots, *transmit_slots;
	size_t nreceive, ntransmit;
	uint16_t receive_vector, transmit_vector; /* PCI; HAUL_VIRTIO_NO_VECTOR */
};

/* All of it may be read. */
struct haul_virtio_net {
	struct haul_virtio *device; /* NULL: closed */
	struct haul_virtio_queue receive, transmit;
	unsigned mtu;      /* the device's; HAUL_VIRTIO_NET_MTU if it does not tell */
	size_t header;     /* bytes before a frame */
	size_t buffer_min; /* bytes of a buffer */
	bool merges;       /* MRG_RXBUF: a frame may be in many buffers */

	/* internal */
	bool split; /* the header is a segment of its own */
	uint8_t mac[6];
	struct haul_virtio_net_buffer *fresh;       /* popped, and not taken back yet */
	struct haul_virtio_net_buffer *head, *tail; /* of the frame that is being taken */
	unsigned have, expected;                    /* buffers of it; expected 0: not known yet */
	struct haul_dma_coherent zeros;             /* the header of all that is sent */
	struct haul_virtio_net_frame *first, *last; /* sent */
};

/*
 * Resets the device, which haul_virtio_open has opened, and brings it up.  Errors: those of
 * haul_virtio_begin; or, after it, -HAUL_EPROTO with HAUL_VIRTIO_CONFIG: an MTU that cannot be, or
 * an address that is a group's; -HAUL_ENOSPC: a queue has no room for a frame; as
 * haul_virtio_queue_open and haul_virtio_start; what the Hal says.  Then the device has been reset,
 * and nothing is kept, but where that was not confirmed (device->state HAUL_VIRTIO_UNKNOWN) net
 * stays in use, to be closed.
 */
HAUL_API int haul_virtio_net_open(struct haul_virtio_net *net, struct haul_virtio *device,
				  const struct haul_virtio_net_config *config);

/*
 * Resets the device and takes everything back: buffers are not posted any more, but mapped still,
 * and can be posted again after haul_virtio_net_open; frames are handed back by
 * haul_virtio_net_sent, before that.  The device stays open, for that or haul_virtio_close.  On
 * errors, of haul_virtio_reset or the Hal, net stays in use, and it may be tried again: after
 * -HAUL_ETIMEDOUT and -HAUL_ENODEV nothing has come back, since the device may write it.
 */
HAUL_API int haul_virtio_net_close(struct haul_virtio_net *net);

/* Its address.  -HAUL_ENOTSUP: the device has none (F_MAC): choose one (section 5.1.5). */
HAUL_API int haul_virtio_net_mac(const struct haul_virtio_net *net, uint8_t mac[6]);

/* Is the link up?  It is, of a device that does not tell (F_STATUS).  -HAUL_EAGAIN: it changes
 * all the time. */
HAUL_API int haul_virtio_net_link(struct haul_virtio_net *net, bool *up);

/*
 * Maps memory for a buffer; NULL: from the Hal.  -HAUL_EINVAL: less than net->buffer_min, which is
 * what a frame may need (merges: a header); -HAUL_EBUSY: it is mapped; else as haul_dma_map.
 */
HAUL_API int haul_virtio_net_map(struct haul_virtio_net *net, struct haul_virtio_net_buffer *buffer,
				 void *memory, size_t size);

/* Ends that; net may be closed.  -HAUL_EBUSY: it is posted; else as haul_dma_unmap. */
HAUL_API int haul_virtio_net_unmap(struct haul_virtio_net_buffer *buffer);

/* Posts a buffer; the device sees it after haul_virtio_net_kick_receive.  -HAUL_ENOSPC: the
 * queue is full; -HAUL_EBUSY: it is posted; -HAUL_EINVAL: it is not mapped; else what the Hal
 * says. */
HAUL_API int haul_virtio_net_post(struct haul_virtio_net *net,
				  struct haul_virtio_net_buffer *buffer);
HAUL_API int haul_virtio_net_kick_receive(struct haul_virtio_net *net);

/*
 * Takes a frame: 1, and *frame is its first buffer; 0: none has come.  Else *frame is NULL.  What
 * the Hal says, if memory cannot be taken back: the next call tries it again.  A frame may be
 * of any length, 0 included: that is its sender's business, not the device's.
 */
HAUL_API int haul_virtio_net_receive(struct haul_virtio_net *net,
				     struct haul_virtio_net_buffer **frame);

/* Waits for one, until deadline (of haul_platform_clock): 0, or -HAUL_ETIMEDOUT. */
HAUL_API int haul_virtio_net_receive_wait(struct haul_virtio_net *net,
					  struct haul_virtio_net_buffer **frame, uint64_t deadline);

/*
 * Sends a frame; the device sees it after haul_virtio_net_kick_transmit.  It and its memory are the
 * driver's until haul_virtio_net_sent hands it back.  -HAUL_ENOSPC: not now, the queue is full; or
 * it comes to more segments than HAUL_VIRTIO_NET_SEGMENTS; -HAUL_EINVAL: too many pieces, or bytes
 * (mtu + HAUL_VIRTIO_NET_ETHERNET + HAUL_VIRTIO_NET_VLAN); -HAUL_EBUSY: it is being sent; else as
 * haul_dma_list_map.
 */
HAUL_API int haul_virtio_net_send(struct haul_virtio_net *net, struct haul_virtio_net_frame *frame,
				  const struct haul_iovec *pieces, size_t npieces);
HAUL_API int haul_virtio_net_kick_transmit(struct haul_virtio_net *net);

/* Hands a frame back that the device is done with: 1; 0: none is. */
HAUL_API int haul_virtio_net_sent(struct haul_virtio_net *net,
				  struct haul_virtio_net_frame **frame);

/* Sends a frame and waits until the device is done with it; it is not to be asked for.
 * -HAUL_ETIMEDOUT, -HAUL_EPROTO, -HAUL_ENODEV with frame->busy: the device has it
 * still, and when it is done it is to be asked for, or net is to be closed. */
HAUL_API int haul_virtio_net_send_wait(struct haul_virtio_net *net,
				       struct haul_virtio_net_frame *frame,
				       const struct haul_iovec *pieces, size_t npieces,
				       uint64_t deadline);

#ifdef __cplusplus
}
#endif

#endif
