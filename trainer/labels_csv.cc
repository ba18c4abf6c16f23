// SPDX-License-Identifier: Apache-2.0
#include "trainer/labels_csv.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace digit {

namespace {

using Fields = std::vector<std::string>;

// Takes one record off `text`, which may span lines within quotes. Returns false where a quote
// does not end.
bool take_record(std::string_view& text, Fields& fields) {
    fields.assign(1, "");
    bool quoted = false;
    std::size_t i = 0;
    for (; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            const bool doubled = c == '"' && i + 1 < text.size() && text[i + 1] == '"';
            if (c == '"' && !doubled) {
                quoted = false;
                continue;
            }
            fields.back() += c;
            i += doubled;
        } else if (c == '"' && fields.back().empty()) {
            quoted = true;
        } else if (c == ',') {
            fields.emplace_back();
        } else if (c == '\n') {
            break;
        } else if (c != '\r') {
            fields.back() += c;
        }
    }
    text.remove_prefix(std::min(text.size(), i + 1));
    return !quoted;
}

}  // namespace

Result<std::vector<LabelledPath>> parse_labels(std::string_view text, const std::string& where) {
    const auto refuse = [&where](std::string detail) {
        return Status{Code::kIo, where, std::move(detail)};
    };
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    Fields fields;
    if (!take_record(text, fields)) return refuse("has a quote that does not end");
    const auto column = [&fields](const char* name) {
        return static_cast<std::size_t>(std::find(fields.begin(), fields.end(), name) -
                                        fields.begin());
    };
    const std::size_t path = column("path"), label = column("label");
    if (std::max(path, label) >= fields.size())
        return refuse("has no columns \"path\" and \"label\" in its first line");

    std::vector<LabelledPath> list;
    for (int record = 2; !text.empty(); ++record) {
        if (!take_record(text, fields)) return refuse("has a quote that does not end");
        if (fields.size() == 1 && fields[0].empty()) continue;
        const std::string place = "record " + std::to_string(record);
        if (fields.size() <= std::max(path, label)) return refuse(place + " has too few fields");
        const std::string& digit = fields[label];
        if (digit.size() != 1 || digit[0] < '0' || digit[0] > '9')
            return refuse(place + " has a label that is no digit");
        list.push_back({fields[path], digit[0] - '0'});
    }
    if (list.empty()) return refuse("lists no picture");
    return list;
}

Result<std::vector<LabelledPath>> read_labels(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return Status{Code::kIo, path, "cannot be read"};
    return parse_labels(text.str(), path);
}

}  // namespace digit
