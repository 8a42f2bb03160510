#include "snmp/agentx.h"

// net-snmp's headers in the order they need.
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <net-snmp/agent/agent_callbacks.h>
#include <net-snmp/agent/agent_sysORTable.h>
#include <net-snmp/library/large_fd_set.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "os/log.h"

namespace holdfast::snmp {

namespace {

using namespace std::chrono_literals;

// The master is looked at that often, and looked for when it is gone.
constexpr int ping_interval_s = 5;
constexpr int answer_limit_us = 1'000'000;
constexpr const char* transport_name = "holdfast";
constexpr std::size_t largest_packet = 65536;

// --- What the library calls knows no object of ours but this one.

struct State {
    Agent::Settings settings;
    bool connected = false;
    bool refused = false;  // the last packet could not be sent
    // What the request to set that is under way changes, as it was before.
    std::vector<Setting> former;

    void set(bool now) {
        if (std::exchange(connected, now) != now && settings.connected) settings.connected(now);
    }
};
std::unique_ptr<State> state;  // of the one Agent

std::vector<oid> library_oid(const Oid& name) {
    return {name.begin(), name.end()};
}

Oid own_oid(const oid* name, std::size_t length) {
    return {name, name + length};
}

// --- Connecting: a transport of ours, which knows where the master is and when the connection ends.

int receive(netsnmp_transport* transport, void* room, int size, void** opaque, int* opaque_length) {
    *opaque = nullptr;
    *opaque_length = 0;
    ssize_t got = -1;
    do
        got = recv(transport->sock, room, static_cast<std::size_t>(size), 0);
    while (got < 0 && errno == EINTR);
    return static_cast<int>(got);
}

int transmit(netsnmp_transport* transport, const void* bytes, int size, void**, int*) {
    ssize_t sent = -1;
    do
        sent = send(transport->sock, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    state->refused = sent < 0;
    return static_cast<int>(sent);
}

int end_connection(netsnmp_transport* transport) {
    if (transport->sock >= 0) close(transport->sock);
    transport->sock = -1;
    state->set(false);
    return 0;
}

char* describe(netsnmp_transport*, const void*, int) {
    return strdup(transport_name);
}

const oid transport_domain[] = {0, 0};

netsnmp_transport* given_connection() {
    auto fd = state->settings.connect();
    if (!fd) {
        os::log(os::Level::debug, fd.error().text());
        return nullptr;
    }
    auto* transport = static_cast<netsnmp_transport*>(std::calloc(1, sizeof(netsnmp_transport)));
    if (transport == nullptr) return nullptr;
    transport->domain = transport_domain;
    transport->domain_length = OID_LENGTH(transport_domain);
    transport->sock = fd->release();
    transport->flags = NETSNMP_TRANSPORT_FLAG_STREAM;
    transport->msgMaxSize = largest_packet;
    transport->f_recv = receive;
    transport->f_send = transmit;
    transport->f_close = end_connection;
    transport->f_fmtaddr = describe;
    return transport;
}

int (*library_close)(netsnmp_transport*) = nullptr;

int end_library_connection(netsnmp_transport* transport) {
    state->set(false);
    return library_close(transport);
}

netsnmp_transport* open_connection(const char*, int, const char*) {
    if (state->settings.address.empty()) return given_connection();
    netsnmp_transport* transport = netsnmp_transport_open_client("agentx", state->settings.address.c_str());
    if (transport == nullptr) return nullptr;
    library_close = transport->f_close;
    transport->f_close = end_library_connection;
    return transport;
}

void register_transport() {
    static netsnmp_tdomain domain{};
    // The library frees it in the end.
    auto** names = static_cast<const char**>(std::calloc(2, sizeof(const char*)));
    if (names == nullptr) return;
    names[0] = transport_name;
    domain.name = transport_domain;
    domain.name_length = OID_LENGTH(transport_domain);
    domain.prefix = names;
    domain.f_create_from_tstring_new = open_connection;
    netsnmp_tdomain_register(&domain);
}

// --- Answering

void set_value(netsnmp_variable_list* variable, const Value& value) {
    const auto put = [&](u_char type, const auto& of) {
        snmp_set_var_typed_value(variable, type, &of, sizeof of);
    };
    switch (value.type) {
        case Type::integer:
            return put(ASN_INTEGER, static_cast<long>(static_cast<std::int64_t>(value.number)));
        case Type::unsigned32:
            return put(ASN_UNSIGNED, static_cast<u_long>(value.number));
        case Type::counter32:
            return put(ASN_COUNTER, static_cast<u_long>(value.number));
        case Type::ticks:
            return put(ASN_TIMETICKS, static_cast<u_long>(value.number));
        case Type::counter64:
            return put(ASN_COUNTER64, ::counter64{.high = static_cast<u_long>(value.number >> 32),
                                                  .low = static_cast<u_long>(value.number & 0xffffffff)});
        case Type::octets:
            snmp_set_var_typed_value(variable, ASN_OCTET_STR, value.bytes.data(), value.bytes.size());
            return;
        case Type::ip_address:
            snmp_set_var_typed_value(variable, ASN_IPADDRESS, value.bytes.data(), value.bytes.size());
            return;
    }
}

// What stands behind the root in a requested name; how a name beside the subtree compares is in `beside`.
struct Position {
    Oid rest;
    bool is_before = false;
    bool is_behind = false;
};

Position position_of(const netsnmp_variable_list& variable, const Oid& root) {
    const Oid name = own_oid(variable.name, variable.name_length);
    const std::size_t shared = std::min(name.size(), root.size());
    const auto differs =
        std::mismatch(root.begin(), root.begin() + static_cast<std::ptrdiff_t>(shared), name.begin());
    if (differs.first != root.begin() + static_cast<std::ptrdiff_t>(shared))
        return {.rest = {},
                .is_before = *differs.second<*differs.first, .is_behind = *differs.second> * differs.first};
    if (name.size() < root.size()) return {.rest = {}, .is_before = true};
    return {.rest = {name.begin() + static_cast<std::ptrdiff_t>(root.size()), name.end()}};
}

const Row* next_row(const Rows& rows, const Position& position, bool inclusive) {
    if (position.is_behind) return nullptr;
    if (position.is_before || inclusive) return rows.from(position.rest);
    return rows.after(position.rest);
}

// --- Setting: a request goes through several modes, and is undone when another one of it cannot be carried
// out.

Value value_of(const netsnmp_variable_list& variable) {
    if (variable.type == ASN_INTEGER && variable.val.integer != nullptr)
        return integer(*variable.val.integer);
    return Value{.type = Type::octets, .number = 0, .bytes = {}};
}

int error_of(SetOutcome outcome) {
    switch (outcome) {
        case SetOutcome::done:
            return SNMP_ERR_NOERROR;
        case SetOutcome::not_writable:
            return SNMP_ERR_NOTWRITABLE;
        case SetOutcome::no_creation:
            return SNMP_ERR_NOCREATION;
        case SetOutcome::wrong_type:
            return SNMP_ERR_WRONGTYPE;
        case SetOutcome::wrong_value:
            return SNMP_ERR_WRONGVALUE;
        case SetOutcome::inconsistent_value:
            return SNMP_ERR_INCONSISTENTVALUE;
        case SetOutcome::unavailable:
            return SNMP_ERR_RESOURCEUNAVAILABLE;
    }
    return SNMP_ERR_GENERR;
}

std::vector<Setting> settings_in(const Subtree& subtree, const netsnmp_request_info* requests) {
    std::vector<Setting> all;
    for (const netsnmp_request_info* request = requests; request != nullptr; request = request->next)
        if (request->processed == 0)
            all.push_back({.name = position_of(*request->requestvb, subtree.root).rest,
                           .value = value_of(*request->requestvb)});
    return all;
}

// What holds of them now is remembered before: whoever gives up waiting for the outcome asks to undo it.
SetOutcome apply(const Subtree& subtree, const std::vector<Setting>& all) {
    state->former.clear();
    for (const Setting& one : all)
        if (const Row* row = subtree.rows().at(one.name); row != nullptr)
            state->former.push_back({.name = row->name, .value = row->value});
    return subtree.settable->apply(all);
}

// One error for all of them, but for those that each has by itself.
void set(const Subtree& subtree, netsnmp_agent_request_info* information, netsnmp_request_info* requests) {
    const std::vector<Setting> all = settings_in(subtree, requests);
    const auto refuse = [&](int error) { netsnmp_request_set_error_all(requests, error); };
    switch (information->mode) {
        case MODE_SET_RESERVE1: {
            auto one = all.begin();
            for (netsnmp_request_info* request = requests; request != nullptr; request = request->next)
                if (request->processed == 0)
                    if (const int error = error_of(subtree.settable->judge(*one++));
                        error != SNMP_ERR_NOERROR)
                        return static_cast<void>(netsnmp_set_request_error(information, request, error));
            return;
        }
        case MODE_SET_RESERVE2:
            if (const int error = error_of(subtree.settable->examine(all)); error != SNMP_ERR_NOERROR)
                refuse(error);
            return;
        case MODE_SET_ACTION:
            if (apply(subtree, all) != SetOutcome::done) refuse(SNMP_ERR_COMMITFAILED);
            return;
        case MODE_SET_UNDO:
            if (!state->former.empty() &&
                subtree.settable->apply(std::exchange(state->former, {})) != SetOutcome::done)
                refuse(SNMP_ERR_UNDOFAILED);
            return;
        default:  // it is over
            state->former.clear();
    }
}

void answer(const Subtree& subtree, netsnmp_agent_request_info* information, netsnmp_request_info* request) {
    const Rows& rows = subtree.rows();
    const Position position = position_of(*request->requestvb, subtree.root);
    if (information->mode == MODE_GET) {
        const bool is_inside = !position.is_before && !position.is_behind;
        const Row* row = is_inside ? rows.at(position.rest) : nullptr;
        if (row != nullptr)
            set_value(request->requestvb, row->value);
        else
            netsnmp_set_request_error(information, request, SNMP_NOSUCHINSTANCE);
        return;
    }
    const Row* row = next_row(rows, position, request->inclusive != 0);
    if (row == nullptr) return;
    Oid name = subtree.root;
    name.insert(name.end(), row->name.begin(), row->name.end());
    const std::vector<oid> found = library_oid(name);
    snmp_set_var_objid(request->requestvb, found.data(), found.size());
    set_value(request->requestvb, row->value);
}

int handle(netsnmp_mib_handler* handler, netsnmp_handler_registration*,
           netsnmp_agent_request_info* information, netsnmp_request_info* requests) {
    const auto& subtree = *static_cast<const Subtree*>(handler->myvoid);
    if (information->mode != MODE_GET && information->mode != MODE_GETNEXT) {
        set(subtree, information, requests);
        return SNMP_ERR_NOERROR;
    }
    for (netsnmp_request_info* request = requests; request != nullptr; request = request->next)
        if (request->processed == 0) answer(subtree, information, request);
    return SNMP_ERR_NOERROR;
}

void register_subtree(const Subtree& subtree) {
    const std::vector<oid> root = library_oid(subtree.root);
    netsnmp_handler_registration* registration = netsnmp_create_handler_registration(
        subtree.description.c_str(), handle, root.data(), root.size(),
        subtree.settable != nullptr ? HANDLER_CAN_RWRITE : HANDLER_CAN_RONLY);
    if (registration == nullptr) return;
    registration->handler->myvoid = const_cast<Subtree*>(&subtree);
    netsnmp_register_handler(registration);
    register_sysORTable(const_cast<oid*>(root.data()), root.size(), subtree.description.c_str());
}

// What is not answered in time is not sent again: a master that is slow with many notifications would get
// more.
int on_connected(int, int, void* session, void*) {
    if (session != nullptr) static_cast<netsnmp_session*>(session)->retries = 0;
    state->set(true);
    return 0;
}

int on_library_log(int, int, void* message, void*) {
    std::string text{static_cast<const snmp_log_message*>(message)->msg};
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    os::log(os::Level::debug, "net-snmp: " + text);
    return 0;
}

void configure_library() {
    setenv("MIBS", "", 1);  // else it reads every MIB it finds
    snmp_disable_log();
    snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_library_log, nullptr);
    snmp_enable_calllog();
    for (const int option : {NETSNMP_DS_LIB_DONT_READ_CONFIGS, NETSNMP_DS_LIB_DONT_PERSIST_STATE,
                             NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE})
        netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, option, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS, 1);
    netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, ping_interval_s);
    netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_TIMEOUT, answer_limit_us);
    netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_RETRIES, 0);
    const std::string address = std::string{transport_name} + ":master";
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, address.c_str());
}

}  // namespace

Agent::Agent(Settings settings) {
    HF_ASSERT(!state);
    state = std::make_unique<State>(State{.settings = std::move(settings)});
    configure_library();
    init_agent(state->settings.name.c_str());
    register_transport();
    snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, on_connected, nullptr);
    for (const Subtree& subtree : state->settings.subtrees)
        register_subtree(subtree);
    init_snmp(state->settings.name.c_str());
}

Agent::~Agent() {
    state->settings.connected = nullptr;
    snmp_shutdown(state->settings.name.c_str());
    state.reset();
}

bool Agent::is_connected() const {
    return state->connected;
}

bool Agent::send(const Notification& notification) {
    state->refused = false;
    netsnmp_variable_list* variables = nullptr;
    const auto add = [&](const Oid& name, const Value& value) {
        const std::vector<oid> as_oid = library_oid(name);
        netsnmp_variable_list* added =
            snmp_varlist_add_variable(&variables, as_oid.data(), as_oid.size(), ASN_NULL, nullptr, 0);
        if (added != nullptr) set_value(added, value);
    };
    const oid trap_oid[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
    const std::vector<oid> name = library_oid(notification.name);
    snmp_varlist_add_variable(&variables, trap_oid, OID_LENGTH(trap_oid), ASN_OBJECT_ID,
                              reinterpret_cast<const u_char*>(name.data()), name.size() * sizeof(oid));
    for (const auto& [object, value] : notification.variables)
        add(object, value);
    send_v2trap(variables);
    snmp_free_varbind(variables);
    return state->connected && !state->refused;
}

void Agent::serve(Duration at_most, int other) {
    int descriptors = 0;
    int no_timeout = 0;
    netsnmp_large_fd_set readable{};
    netsnmp_large_fd_set_init(&readable, FD_SETSIZE);
    timeval wait{.tv_sec = 0,
                 .tv_usec = std::chrono::duration_cast<std::chrono::microseconds>(at_most).count()};
    wait.tv_sec = wait.tv_usec / 1'000'000;
    wait.tv_usec %= 1'000'000;
    snmp_select_info2(&descriptors, &readable, &wait, &no_timeout);
    if (other >= 0) {
        netsnmp_large_fd_setfd(other, &readable);
        descriptors = std::max(descriptors, other + 1);
    }
    const int ready = netsnmp_large_fd_set_select(descriptors, &readable, nullptr, nullptr, &wait);
    if (ready > 0) snmp_read2(&readable);
    if (ready == 0) snmp_timeout();
    run_alarms();
    netsnmp_check_outstanding_agent_requests();
    netsnmp_large_fd_set_cleanup(&readable);
}

}  // namespace holdfast::snmp
