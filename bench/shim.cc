/* SPDX-License-Identifier: MIT */
#include "shim.h"

#include <benchmark/benchmark.h>
#include <fstream>

namespace
{

/* Hands the samples to C, and on to Google Benchmark's JSON writer. */
class Relay : public benchmark::BenchmarkReporter
{
      public:
	bool open(const char *path)
	{
		if (path == nullptr)
			return true;
		file.open(path);
		json.SetOutputStream(&file);
		json.SetErrorStream(&file);
		return file.is_open();
	}

	void listen(shim_sample *to, void *with)
	{
		sample = to;
		context = with;
	}

	bool ReportContext(const Context &facts) override
	{
		if (file.is_open() && !begun)
			json.ReportContext(facts);
		begun = true;
		return true;
	}

	void ReportRuns(const std::vector<Run> &runs) override
	{
		for (const Run &run : runs) {
			if (run.run_type != Run::RT_Iteration || run.error_occurred)
				continue;
			double each =
				run.cpu_accumulated_time / static_cast<double>(run.iterations);
			sample(context, static_cast<size_t>(run.family_index), each * 1e9);
		}
		if (file.is_open())
			json.ReportRuns(runs);
	}

	bool close()
	{
		if (!file.is_open())
			return true;
		if (begun)
			json.Finalize();
		file.close();
		return file.good();
	}

      private:
	benchmark::JSONReporter json;
	std::ofstream file;
	shim_sample *sample = nullptr;
	void *context = nullptr;
	bool begun = false;
};

Relay &relay()
{
	static Relay only;
	return only;
}

void run_case(benchmark::State &state, const shim_case *c)
{
	c->prepare(c->arg);
	while (state.KeepRunningBatch(state.max_iterations))
		c->run(c->arg, static_cast<uint64_t>(state.max_iterations));
	c->finish(c->arg);
	if (c->bytes > 0)
		state.SetBytesProcessed(
			static_cast<int64_t>(c->bytes * static_cast<double>(state.iterations())));
}

} // namespace

bool shim_open(const char *json_path)
{
	char name[] = "haul-bench";
	char interleave[] = "--benchmark_enable_random_interleaving=true";
	char *argv[] = {name, interleave, nullptr};
	int argc = 2;
	benchmark::Initialize(&argc, argv);
	return relay().open(json_path);
}

void shim_run(const struct shim_case *cases, size_t count, int repetitions, shim_sample *sample,
	      void *context)
{
	for (size_t i = 0; i < count; i++) {
		const shim_case *c = &cases[i];
		auto *b = benchmark::RegisterBenchmark(
			c->name, [c](benchmark::State &state) { run_case(state, c); });
		b->Repetitions(repetitions);
		b->Iterations(static_cast<benchmark::IterationCount>(c->iterations));
	}
	relay().listen(sample, context);
	benchmark::RunSpecifiedBenchmarks(&relay(), nullptr, "all");
	benchmark::ClearRegisteredBenchmarks();
}

bool shim_close(void)
{
	return relay().close();
}
