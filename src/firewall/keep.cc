#include "firewall/keep.h"

#include "os/log.h"
#include "status/messages.h"

namespace holdfast::firewall {

using os::Level;
using status::labelled;
using status::Number;

Result<void> keep(const net::firewall::Changer& changer, const std::vector<os::AcceptRule>& wanted,
                  const std::string& owner) {
    const auto changes = changer.keep_exactly(wanted, owner);
    if (!changes) return changes.error();
    for (const std::string& rule : changes->inserted)
        os::log(Level::notice, labelled(Number::accept_inserted, "firewall_accept inserted " + rule),
                {{"RULE", rule}});
    for (const std::string& rule : changes->removed)
        os::log(Level::notice,
                labelled(Number::accept_removed, "firewall_accept removed its rule from " + rule),
                {{"RULE", rule}});
    for (const std::string& chain : changes->no_such_chain)
        os::log(Level::debug, "firewall_accept: there is no chain " + chain + " any more");
    return {};
}

}  // namespace holdfast::firewall
