// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/read_ahead.h"

#include <apr_strings.h>

#include <span>
#include <utility>

#include "libdigit/model.h"

namespace digit {
namespace {

// What lies in the process's pool; the key's number changes with this layout, and with how much
// Pages map for so many bytes.
constexpr char kKey[] = "mod_digit:read-ahead:2";

struct Block {
    std::uint8_t* start;
    std::size_t size;
};

struct Record {
    Record* next;
    const char* path;
    Block file;
    Block packed;
    int packed_layout;  // Model::kPackedLayout of the version that packed
    int golden_right;
};

struct Left {
    Record* first;
};

Block released(Pages& pages) {
    const std::span<std::uint8_t> bytes = pages.release();
    return {bytes.data(), bytes.size()};
}

Pages taken(const Block& block) { return Pages(std::span(block.start, block.size)); }

}  // namespace

void leave_read_ahead(apr_pool_t* process_pool, std::vector<ReadAhead> all) {
    auto* left = static_cast<Left*>(apr_palloc(process_pool, sizeof(Left)));
    left->first = nullptr;
    for (ReadAhead& one : all) {
        one.file.make_read_only();
        auto* record = static_cast<Record*>(apr_palloc(process_pool, sizeof(Record)));
        *record = {left->first,          apr_pstrdup(process_pool, one.path.c_str()),
                   released(one.file),   released(one.packed),
                   Model::kPackedLayout, one.golden_right};
        left->first = record;
    }
    // Copies the key, which goes with the module. No cleanup: it would go with the module too.
    apr_pool_userdata_set(left, kKey, nullptr, process_pool);
}

std::vector<ReadAhead> take_read_ahead(apr_pool_t* process_pool) {
    void* data = nullptr;
    apr_pool_userdata_get(&data, kKey, process_pool);
    std::vector<ReadAhead> all;
    if (data == nullptr) return all;
    auto* left = static_cast<Left*>(data);
    for (const Record* r = std::exchange(left->first, nullptr); r != nullptr; r = r->next) {
        ReadAhead one{r->path, taken(r->file), taken(r->packed), r->golden_right};
        if (r->packed_layout == Model::kPackedLayout) all.push_back(std::move(one));
    }
    return all;
}

}  // namespace digit
