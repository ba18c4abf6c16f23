// SPDX-License-Identifier: Apache-2.0
#include "trainer/picture_folder.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <optional>

#include "libdigit/decode.h"
#include "libdigit/frame.h"
#include "trainer/classify_many.h"

namespace digit {

namespace {

namespace fs = std::filesystem;

struct Labelled {
    std::string path;
    int label = 0;
};

std::vector<Labelled> list_pictures(const std::string& folder) {
    std::vector<Labelled> all;
    for (int label = 0; label < kDigits; ++label) {
        std::vector<std::string> paths;
        std::error_code error;
        for (const fs::directory_entry& entry :
             fs::directory_iterator(fs::path(folder) / std::to_string(label), error))
            if (entry.is_regular_file(error) && !entry.path().filename().string().starts_with('.'))
                paths.push_back(entry.path());
        std::sort(paths.begin(), paths.end());
        for (std::string& path : paths) all.push_back({std::move(path), label});
    }
    return all;
}

Result<Framed> read_framed(const std::string& path) {
    const Limits limits;
    const Result<FileBytes> file = read_picture_file(path, limits);
    if (!file) return file.status();
    const Result<Picture> picture = decode(*file, limits, Colour::kRgb);
    if (!picture) return picture.status();
    Result<std::vector<Framed>> readings = frame(*picture);
    if (!readings) return readings.status();
    return std::move(readings->front());
}

}  // namespace

bool is_picture_folder(const std::string& folder) {
    std::error_code error;
    for (int label = 0; label < kDigits; ++label)
        if (fs::is_directory(fs::path(folder) / std::to_string(label), error)) return true;
    return false;
}

Result<PictureFolder> read_picture_folder(const std::string& folder, Team& team) {
    const std::vector<Labelled> pictures = list_pictures(folder);
    std::vector<std::optional<Result<Framed>>> framed(pictures.size());
    std::atomic<std::size_t> next{0};
    team.run([&](int) {
        for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < pictures.size();)
            framed[i] = read_framed(pictures[i].path);
    });
    PictureFolder result;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        if (*framed[i])
            result.data.append((**framed[i]).pixels, pictures[i].label);
        else
            result.refused.push_back(pictures[i].path + ": " + framed[i]->status().message());
    }
    if (result.data.size() > 0) return result;
    return Status{Code::kIo, folder,
                  pictures.empty()
                      ? "has no pictures in folders named 0 to 9"
                      : "has no picture that shows a digit, such as " + result.refused.front()};
}

}  // namespace digit
