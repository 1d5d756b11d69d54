/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <haul.h>
#include <stdio.h>

/* The device: another process has the same memfd in practice. */
static void shout(const struct haul_memfd *shared, struct haul_iova iova, size_t size)
{
	void *p;

	if (haul_memfd_at(shared, iova, size, &p))
		return;
	for (char *c = p; c < (char *)p + size; c++)
		*c = (char)toupper((unsigned char)*c);
}

int main(void)
{
	static char text[] = "moved without a byte lost";
	const struct haul_dma_limits limits = {.reach = 0xffffffff, .coherent = true};
	struct haul_memfd shared;
	struct haul_dma_device device;
	struct haul_dma_stream stream;

	/* what the device reaches, from its address 0x10000 on: text is not in it */
	if (haul_memfd_open(&shared, "dma", 65536, 0, (struct haul_iova){0x10000}))
		return 1;
	if (haul_dma_device_init(&device, &shared.arena.hal, &limits) ||
	    haul_dma_map(&stream, &device, text, sizeof text, HAUL_DMA_BOTH, 0))
		return 1;
	if (haul_dma_for_device(&stream, 0, sizeof text)) /* now text is the device's */
		return 1;
	shout(&shared, stream.iova, sizeof text);
	if (haul_dma_for_cpu(&stream, 0, sizeof text))
		return 1;
	printf("%s: %s\n", haul_dma_backing_text(stream.backing), text);
	return haul_dma_unmap(&stream, 0) || haul_dma_device_end(&device) ||
	       haul_memfd_close(&shared);
}
