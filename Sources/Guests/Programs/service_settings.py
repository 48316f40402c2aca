"""What guests do with the settings of a unit: conditions, limits, and which settings they do not apply."""
import glob, os, re, resource
from service_units import are_apart

# Settings that systemd knows and guests do not apply, by section.
# https://www.freedesktop.org/software/systemd/man/systemd.directives.html
NOT_APPLIED = {
    "Unit": """AllowIsolate BindTo FailureAction FailureActionExitStatus IgnoreOnIsolate JobRunningTimeoutSec JobTimeoutAction JobTimeoutRebootArgument
        JobTimeoutSec JoinsNamespaceOf OnFailureIsolate PropagateReloadFrom PropagateReloadTo PropagatesReloadTo PropagatesStopTo RebootArgument
        RefuseManualStart RefuseManualStop ReloadPropagatedFrom StartLimitAction StopPropagatedFrom StopWhenUnneeded SuccessAction
        SuccessActionExitStatus Upholds
        ConditionACPower ConditionArchitecture ConditionCPUFeature ConditionCPUPressure ConditionCPUs ConditionCapability
        ConditionControlGroupController ConditionCredential ConditionEnvironment ConditionFirmware ConditionFirstBoot ConditionGroup ConditionHost
        ConditionIOPressure ConditionKernelCommandLine ConditionKernelModuleLoaded ConditionKernelVersion ConditionMemory ConditionMemoryPressure
        ConditionNeedsUpdate ConditionOSRelease ConditionPathIsEncrypted ConditionPathIsReadWrite ConditionSecurity ConditionUser ConditionVersion
        ConditionVirtualization
        AssertACPower AssertArchitecture AssertCPUFeature AssertCPUPressure AssertCPUs AssertCapability AssertControlGroupController AssertCredential
        AssertEnvironment AssertFirstBoot AssertGroup AssertHost AssertIOPressure AssertKernelCommandLine AssertKernelVersion AssertMemory
        AssertMemoryPressure AssertNeedsUpdate AssertOSRelease AssertPathIsEncrypted AssertPathIsReadWrite AssertSecurity AssertUser
        AssertVirtualization""",
    "Service": """AllowedCPUs AllowedMemoryNodes AppArmorProfile BPFProgram BindPaths BindReadOnlyPaths BlockIODeviceWeight BlockIOReadBandwidth
        BlockIOWeight BlockIOWriteBandwidth CPUAffinity CPUQuota CPUQuotaPeriodSec CPUSchedulingPolicy CPUSchedulingPriority CPUShares CPUWeight
        CapabilityBoundingSet DefaultMemoryLow DefaultMemoryMin DefaultStartupMemoryLow DeviceAllow DevicePolicy DynamicUser ExecPaths
        ExecSearchPath ExtensionDirectories ExtensionImages FailureAction IOReadBandwidthMax IOReadIOPSMax IOWeight IOWriteBandwidthMax IOWriteIOPSMax
        IPAddressAllow IPAddressDeny IPCNamespacePath IPEgressFilterPath IPIngressFilterPath InaccessibleDirectories InaccessiblePaths ImportCredential
        LoadCredential LoadCredentialEncrypted LockPersonality LogExtraFields LogLevelMax LogNamespace MemoryDenyWriteExecute MemoryHigh MemoryLimit
        MemoryLow MemoryMax MemoryMin MemorySwapMax MemoryZSwapMax MountAPIVFS MountFlags MountImages NUMAMask NUMAPolicy NetworkNamespacePath
        NoExecPaths OpenFile PAMName PassEnvironment Personality PrivateDevices PrivateIPC PrivateMounts PrivateNetwork PrivatePIDs PrivateTmp
        PrivateUsers ProcSubset ProtectClock ProtectControlGroups ProtectHome ProtectHostname ProtectKernelLogs ProtectKernelModules
        ProtectKernelTunables ProtectProc ProtectSystem ReadOnlyDirectories ReadOnlyPaths ReadWriteDirectories ReadWritePaths RebootArgument
        RestrictAddressFamilies RestrictFileSystems RestrictNamespaces RestrictNetworkInterfaces RestrictRealtime RestrictSUIDSGID RootDirectory
        RootDirectoryStartOnly RootEphemeral RootHash RootHashSignature RootImage RootImageOptions RootVerity RuntimeMaxSec RuntimeRandomizedExtraSec
        SELinuxContext SecureBits SetCredential SetCredentialEncrypted SmackProcessLabel SocketBindAllow SocketBindDeny Sockets StandardInput
        StandardInputData StandardInputText StartLimitAction StartupAllowedCPUs StartupAllowedMemoryNodes StartupBlockIOWeight StartupCPUShares
        StartupCPUWeight StartupIOWeight SystemCallArchitectures SystemCallErrorNumber SystemCallFilter SystemCallLog TTYPath TasksMax
        TemporaryFileSystem USBFunctionDescriptors USBFunctionStrings WatchdogSec""",
    "Timer": "OnClockChange OnTimezoneChange Persistent",
    "Install": "DefaultInstance",
}

# Settings that guests apply, and those that change nothing that can be seen in a guest.
APPLIED = {
    "Unit": """After AssertDirectoryNotEmpty AssertFileIsExecutable AssertFileNotEmpty AssertPathExists AssertPathExistsGlob AssertPathIsDirectory
        AssertPathIsMountPoint AssertPathIsSymbolicLink Before BindsTo CollectMode ConditionDirectoryNotEmpty ConditionFileIsExecutable
        ConditionFileNotEmpty ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory ConditionPathIsMountPoint
        ConditionPathIsSymbolicLink Conflicts DefaultDependencies Description Documentation OnFailure OnFailureJobMode OnSuccess OnSuccessJobMode
        PartOf Requires RequiresMountsFor RequiresOverridable Requisite RequisiteOverridable SourcePath StartLimitBurst StartLimitInterval
        StartLimitIntervalSec SurviveFinalKillSignal WantsMountsFor Wants""",
    "Service": """AmbientCapabilities BlockIOAccounting BusName CPUAccounting CPUSchedulingResetOnFork CacheDirectory CacheDirectoryMode
        ConfigurationDirectory ConfigurationDirectoryMode CoredumpFilter CoredumpReceive Delegate DelegateSubgroup DisableControllers Environment
        EnvironmentFile ExecCondition ExecReload ExecStart ExecStartPost ExecStartPre ExecStop ExecStopPost ExitType FileDescriptorStoreMax
        FileDescriptorStorePreserve FinalKillSignal Group GuessMainPID IOAccounting IODeviceLatencyTargetSec IODeviceWeight IOSchedulingClass
        IOSchedulingPriority IPAccounting IgnoreSIGPIPE KeyringMode KillMode KillSignal LimitAS LimitCORE LimitCPU LimitDATA LimitFSIZE LimitLOCKS
        LimitMEMLOCK LimitMSGQUEUE LimitNICE LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME LimitSIGPENDING LimitSTACK
        LogRateLimitBurst LogRateLimitIntervalSec LogsDirectory LogsDirectoryMode ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit
        ManagedOOMPreference ManagedOOMSwap MemoryAccounting MemoryKSM MemoryPressureThresholdSec MemoryPressureWatch Nice NoNewPrivileges NonBlocking
        NotifyAccess OOMPolicy OOMScoreAdjust PIDFile PermissionsStartOnly ReloadSignal RemainAfterExit RemoveIPC Restart RestartForceExitStatus
        RestartKillSignal RestartMaxDelaySec RestartMode RestartPreventExitStatus RestartSec RestartSteps RuntimeDirectory RuntimeDirectoryMode
        RuntimeDirectoryPreserve SendSIGHUP SendSIGKILL Slice StandardError StandardOutput StartLimitBurst StartLimitInterval
        StartLimitIntervalSec StateDirectory StateDirectoryMode SuccessExitStatus SupplementaryGroups SyslogFacility SyslogIdentifier SyslogLevel
        SyslogLevelPrefix TTYColumns TTYReset TTYRows TTYVHangup TTYVTDisallocate TasksAccounting TimeoutAbortSec TimeoutCleanSec TimeoutSec
        TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode TimeoutStopSec TimerSlackNSec Type UMask UnsetEnvironment User
        UtmpIdentifier UtmpMode WatchdogSignal WorkingDirectory""",
    "Timer": """AccuracySec DeferReactivation FixedRandomDelay OnActiveSec OnBootSec OnCalendar OnStartupSec OnUnitActiveSec OnUnitInactiveSec
        RandomizedDelaySec RemainAfterElapse Unit WakeSystem""",
    "Install": "Alias Also RequiredBy UpheldBy WantedBy",
}
NOT_APPLIED = {section: set(names.split()) for section, names in NOT_APPLIED.items()}
APPLIED = {section: set(names.split()) for section, names in APPLIED.items()}
# Values that ask for nothing.
OFF = {"", "no", "false", "off", "0", "infinity", "100%", "shared", "null"}


def remarks(settings):
    """Returns systemd's warnings about unknown names, and the names of the settings that guests do not apply."""
    warnings, left = [], set()
    for path, number, section, key in settings.lines:
        if section.startswith("X-") or (key or "").startswith("X-"):
            continue
        if section not in APPLIED:
            if key is None and section not in ("Socket", "Path", "Mount", "Swap", "Automount", "Slice", "Scope"):
                warnings.append(f"{path}:{number}: Unknown section '{section}'. Ignoring.")
        elif key is not None and key in NOT_APPLIED[section]:
            if any(value.lower() not in OFF for value in settings.all(section, key)):
                left.add(key)
        elif key is not None and key not in APPLIED[section]:
            warnings.append(f"{path}:{number}: Unknown key name '{key}' in section '{section}', ignoring.")
    return warnings, sorted(left)


# Conditions

def is_mount_point(path):
    return os.path.ismount(path)


TESTS = {
    "PathExists": os.path.exists, "PathExistsGlob": lambda path: bool(glob.glob(path)), "PathIsDirectory": os.path.isdir,
    "PathIsSymbolicLink": os.path.islink, "PathIsMountPoint": is_mount_point,
    "DirectoryNotEmpty": lambda path: os.path.isdir(path) and bool(os.listdir(path)),
    "FileNotEmpty": lambda path: os.path.isfile(path) and os.path.getsize(path) > 0,
    "FileIsExecutable": lambda path: os.path.isfile(path) and bool(os.stat(path).st_mode & 0o111),
}


def unmet(settings, kind):
    """Returns the first unmet setting of this kind (`Condition` or `Assert`) as text; None if all are met.

    Of the settings that begin with `|`, one must be met."""
    triggers = []
    for name, test in TESTS.items():
        for value in settings.all("Unit", kind + name):
            is_trigger, text = value.startswith("|"), value.lstrip("|")
            is_met = test(text.lstrip("!").strip()) != text.startswith("!")
            if is_trigger:
                triggers.append((is_met, f"{kind}{name}={value}"))
            elif not is_met:
                return f"{kind}{name}={value}"
    if triggers and not any(is_met for is_met, _ in triggers):
        return triggers[-1][1]
    return None


# Limits and rights of a process

LIMITS = {"LimitAS": "as", "LimitCORE": "core", "LimitCPU": "cpu", "LimitDATA": "data", "LimitFSIZE": "fsize", "LimitMEMLOCK": "memlock",
          "LimitMSGQUEUE": "msgqueue", "LimitNOFILE": "nofile", "LimitNPROC": "nproc", "LimitRSS": "rss", "LimitRTPRIO": "rtprio",
          "LimitSIGPENDING": "sigpending", "LimitSTACK": "stack"}
SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def limit(text):
    """Returns a limit's value: -1 for infinity, None if the text is no limit."""
    match = re.fullmatch(r"(\d+)([KMGT]?)B?", text.strip())
    return -1 if text.strip() == "infinity" else int(match[1]) * SIZES[match[2]] if match else None


def confinement(settings, say):
    """Returns the words that start a program with the limits and rights of its unit. Reports what this guest cannot give."""
    words, limits = [], []
    for key, name in LIMITS.items():
        text = settings.get("Service", key)
        soft, _, hard = text.partition(":")
        values = [limit(soft), limit(hard or soft)]
        if not text or None in values:
            if text:
                say(f"Failed to parse resource value, ignoring: {text} ({key})")
            continue
        # Root in a guest cannot raise a limit of the guest.
        most = resource.getrlimit(getattr(resource, "RLIMIT_" + name.upper()))[1]
        allowed = [value if most < 0 or 0 <= value <= most else most for value in values]
        if allowed != values:
            say(f"{key} is {text}, but this guest allows {most} at most")
        limits.append(f"--{name}=" + ":".join("unlimited" if value < 0 else str(value) for value in allowed))
    if limits:
        words += ["/usr/bin/prlimit"] + limits
    try:
        nice = int(settings.get("Service", "Nice", "0"))
        score = int(settings.get("Service", "OOMScoreAdjust", "0"))
    except ValueError:
        nice = score = 0
    if nice > 0:
        words += ["/usr/bin/nice", "-n", str(nice)]
    elif nice:
        say(f"Nice is {nice}, but this guest allows only 0 and higher")
    own = int(open("/proc/self/oom_score_adj").read())
    if score >= own and score != own:
        words += ["/usr/bin/choom", "-n", str(score), "--"]
    elif score:
        say(f"OOMScoreAdjust is {score}, but this guest allows only {own} and higher")
    return words


def rights(settings, uid, gid, groups, say):
    """Returns the words that start a program as a user, with the capabilities that its unit names. None if it needs no such words."""
    names = [name.lower() for name in settings.words("Service", "AmbientCapabilities")]
    words = ["--no-new-privs"] if settings.flag("Service", "NoNewPrivileges") else []
    if names and not uid:
        names = []
    if names and not are_apart():
        # Every user of such a guest may listen at every port.
        if names != ["cap_net_bind_service"]:
            say("This guest does not apply AmbientCapabilities")
        names = []
    if not names:
        return ["/usr/bin/setpriv"] + words if words else None
    known = ",".join("+" + name.removeprefix("cap_") for name in names)
    words += [f"--reuid={uid}", f"--regid={gid}", "--groups=" + ",".join(map(str, groups)) if groups else "--clear-groups",
              f"--inh-caps={known}", f"--ambient-caps={known}"]
    return ["/usr/bin/setpriv"] + words
