// SPDX-License-Identifier: Apache-2.0
// digit-classify: the offline twin of the server.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "libdigit/png_writer.h"
#include "libdigit/weights_file.h"
#include "trainer/classify_many.h"
#include "trainer/classify_options.h"
#include "trainer/command_line.h"
#include "trainer/confusion.h"
#include "trainer/contact_sheet.h"
#include "trainer/dataset.h"
#include "trainer/describe.h"
#include "trainer/labels_csv.h"

namespace digit {

namespace {

constexpr const char* kProgram = "digit-classify";

// More would make a sheet that no viewer opens.
constexpr std::size_t kMaxOnSheet = 4000;

// What is to be classified. labels: empty, or one a picture.
struct Work {
    std::vector<std::string> names;
    std::vector<int> labels;
    std::function<Result<FileBytes>(std::size_t)> load;
};

Work from_paths(std::vector<std::string> paths) {
    Work work;
    work.names = paths;
    work.load = [paths = std::move(paths)](std::size_t i) {
        return read_picture_file(paths[i], Limits{});
    };
    return work;
}

Result<Work> from_labels(const ClassifyOptions& options) {
    const Result<std::vector<LabelledPath>> list = read_labels(options.labels);
    if (!list) return list.status();
    std::vector<std::string> paths;
    for (const LabelledPath& entry : *list)
        paths.push_back(std::filesystem::path(options.root) / entry.path);
    Work work = from_paths(std::move(paths));
    for (const LabelledPath& entry : *list) work.labels.push_back(entry.label);
    return work;
}

Result<Dataset> read_mnist_set(const ClassifyOptions& options) {
    if (options.validation == 0) return read_mnist_test(options.mnist);
    Result<Mnist> mnist = read_mnist(options.mnist);
    if (!mnist) return mnist.status();
    if (options.validation > mnist->train.size())
        return Status{Code::kIo, options.mnist,
                      "holds " + std::to_string(mnist->train.size()) +
                          " training pictures, fewer "
                          "than --validation asks for"};
    return split_off(mnist->train, options.validation, options.seed);
}

// Each picture becomes a PNG file, so that all of the way is gone.
Result<Work> from_mnist(const ClassifyOptions& options) {
    Result<Dataset> data = read_mnist_set(options);
    if (!data) return data.status();
    Work work;
    for (int i = 0; i < data->size(); ++i) {
        work.names.push_back((options.validation > 0 ? "validation picture " : "test picture ") +
                             std::to_string(i));
        work.labels.push_back(data->labels[static_cast<std::size_t>(i)]);
    }
    work.load = [data = std::move(*data), inverted = options.inverted](std::size_t i) {
        const std::span<const std::uint8_t> picture = data.picture(static_cast<int>(i));
        FileBytes pixels(picture.begin(), picture.end());
        if (inverted)
            for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
        return Result<FileBytes>(encode_png(pixels, kInputEdge, kInputEdge, 1));
    };
    return work;
}

Result<Work> gather(const ClassifyOptions& options) {
    if (!options.labels.empty()) return from_labels(options);
    if (!options.mnist.empty()) return from_mnist(options);
    return from_paths(options.pictures);
}

using Results = std::vector<Result<Classification>>;

// Returns the exit status.
int print_answers(const ClassifyOptions& options, const Work& work, const Results& results) {
    int status = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
        const std::string& name = work.names[i];
        if (!results[i]) status = kFailed;
        if (results[i] && options.json) {
            std::fputs(json_line(name, *results[i], options.explain).c_str(), stdout);
        } else if (results[i]) {
            std::fputs(plain_line(name, *results[i]).c_str(), stdout);
            if (options.explain) std::fputs(plain_receipt(*results[i]).c_str(), stdout);
        } else if (options.json) {
            std::fputs(json_line(name, results[i].status()).c_str(), stdout);
        } else {
            (void)failure(kProgram,
                          {results[i].status().code, name, results[i].status().message()});
        }
    }
    return status;
}

void print_confusion(const Work& work, const Results& results) {
    Confusion confusion;
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i])
            confusion.add(work.labels[i], results[i]->digit);
        else
            confusion.add_refused(work.labels[i]);
    }
    std::fputs(confusion.text().c_str(), stdout);
}

Status write_sheet(const ClassifyOptions& options, const Work& work, const Results& results) {
    std::vector<SheetEntry> entries;
    for (std::size_t i = 0; i < results.size() && entries.size() < kMaxOnSheet; ++i) {
        SheetEntry entry;
        if (!work.labels.empty()) entry.label = work.labels[i];
        if (results[i]) entry.result = *results[i];
        const bool right = entry.result && entry.label && entry.result->digit == *entry.label;
        if (options.mistakes && right) continue;
        if (const Result<FileBytes> bytes = work.load(i); bytes) {
            Result<Picture> picture = decode(*bytes, Limits{}, Colour::kRgb);
            if (picture) entry.picture = std::move(*picture);
        }
        entries.push_back(std::move(entry));
    }
    if (entries.empty()) return {Code::kIo, options.contact_sheet, "would have nothing on it"};
    const std::vector<std::uint8_t> png = draw_contact_sheet(entries);
    std::ofstream file(options.contact_sheet, std::ios::binary);
    file.write(reinterpret_cast<const char*>(png.data()), static_cast<std::streamsize>(png.size()));
    file.close();
    if (!file) return {Code::kIo, options.contact_sheet, "cannot be written"};
    return {};
}

int inspect(const ClassifyOptions& options) {
    const Result<NetworkParameters> network = read_weights(options.model);
    if (!network) return failure(kProgram, network.status());
    const std::string text = options.json ? json_inspection(*network) : plain_inspection(*network);
    std::fputs(text.c_str(), stdout);
    return 0;
}

int run(const ClassifyOptions& options) {
    if (options.inspect) return inspect(options);
    const Result<Model> model = read_model(options.model);
    if (!model) return failure(kProgram, model.status());
    const Result<Work> work = gather(options);
    if (!work) return failure(kProgram, work.status());

    Team team(std::min<int>(options.threads, static_cast<int>(work->names.size())));
    const Results results = classify_many(work->names.size(), work->load, *model, Limits{}, team);
    int status = 0;
    if (work->labels.empty())
        status = print_answers(options, *work, results);
    else
        print_confusion(*work, results);
    if (!options.contact_sheet.empty()) {
        const Status written = write_sheet(options, *work, results);
        if (!written.ok()) return failure(kProgram, written);
    }
    return status;
}

}  // namespace

}  // namespace digit

int main(int argc, char** argv) {
    std::variant<digit::ClassifyOptions, int> parsed = digit::parse_classify_options(argc, argv);
    if (const int* status = std::get_if<int>(&parsed)) return *status;
    return digit::run(std::get<digit::ClassifyOptions>(parsed));
}
