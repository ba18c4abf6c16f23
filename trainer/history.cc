// SPDX-License-Identifier: Apache-2.0
#include "trainer/history.h"

#include <cstdio>
#include <memory>

namespace digit {

namespace {

struct FileClose {
    void operator()(FILE* file) const { fclose(file); }
};

}  // namespace

Status write_metrics(const std::string& path, const std::vector<EpochRecord>& history,
                     const std::string& seen_name) {
    const std::unique_ptr<FILE, FileClose> file(fopen(path.c_str(), "w"));
    if (!file) return {Code::kIo, path, "cannot be written"};
    std::fprintf(file.get(),
                 "epoch,learning_rate,train_loss,train_accuracy,%s_loss,%s_accuracy,drawn_accuracy,"
                 "seconds\n",
                 seen_name.c_str(), seen_name.c_str());
    for (const EpochRecord& r : history)
        std::fprintf(file.get(), "%d,%.8g,%.6f,%.6f,%.6f,%.6f,%.6f,%.2f\n", r.epoch,
                     r.learning_rate, r.train_loss, r.train_accuracy, r.seen_loss, r.seen_accuracy,
                     r.drawn_accuracy, r.seconds);
    if (fflush(file.get()) != 0) return {Code::kIo, path, "cannot be written"};
    return {};
}

}  // namespace digit
